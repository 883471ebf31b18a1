"""The terminal front end: the same pipeline, with lines as messages."""
