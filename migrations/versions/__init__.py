"""The history of the schema, one revision a file; released files are never changed."""
