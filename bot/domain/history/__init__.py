"""Old messages looked through, and what is stored written as files."""
