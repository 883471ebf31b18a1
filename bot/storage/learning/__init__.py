"""What a guild teaches its model, and what became of it."""
