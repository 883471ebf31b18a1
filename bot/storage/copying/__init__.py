"""A database as a whole: copied to a file and back, carried over to another one."""
