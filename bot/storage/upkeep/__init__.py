"""What an operator does to a database: copied and brought back, moved to another, looked at, taken back a schema."""
