"""The work, for either front end: judging, serving models, training, word vectors, pictures."""
