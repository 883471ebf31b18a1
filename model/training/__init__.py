"""The classifier learned: anew, by a guild's examples, or taken from elsewhere."""
