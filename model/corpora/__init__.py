"""What is learned from: public corpora and the sentences written for Jigi."""
