"""What Jigi sends, drawn for the READMEs: `make pictures` runs the real bot on the loopback Discord."""
