"""Text files as people and their programs save them: whatever the encoding, whatever stands between the columns."""
