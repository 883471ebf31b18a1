"""What members may say and know: their appeals, and what is held of them."""
