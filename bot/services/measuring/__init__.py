"""What is counted while Jigi works, for whoever watches it."""
