"""Word vectors learned, or taken from elsewhere."""
