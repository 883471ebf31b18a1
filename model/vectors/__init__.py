"""Word vectors served: questions, spelling, their folder on disk."""
