"""What an operator does to a database: copied and brought back, looked at, taken back to an earlier schema."""
