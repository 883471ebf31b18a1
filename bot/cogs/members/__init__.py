"""What every member may ask and say: why their message was flagged, an appeal, and what Jigi keeps about them."""
