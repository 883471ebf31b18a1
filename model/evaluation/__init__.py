"""How good a version is: the gate, figures on held-out rows, their report."""
