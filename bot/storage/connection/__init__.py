"""How the database is opened, and how transactions are done whole."""
