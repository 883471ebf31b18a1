"""What members may ask and say for themselves: why they were flagged, an appeal, and what is kept about them."""
