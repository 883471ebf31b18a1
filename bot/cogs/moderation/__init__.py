"""A message on Discord: read, caught up with, alerted about, decided of."""
