"""Questions about words, and what the vectors answer."""
