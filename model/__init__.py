"""The classifier and the word vectors: learned, kept as versions, served. Knows nothing of bots."""
