"""What a guild chooses for itself: `/settings` one by one, `/setup` all the way."""
