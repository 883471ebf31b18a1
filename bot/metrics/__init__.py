"""What an operator's monitoring asks for: numbers for Prometheus, and whether Jigi lives and is ready."""
