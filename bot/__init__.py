"""Jigi on Discord and in the terminal: reads messages, judges them, stores verdicts and flags negative reviews."""
