"""What members may say and know: their appeals, what is held of them, and how much of all that an operator sees."""
