"""`python -m model …`, one module for each group of commands."""
