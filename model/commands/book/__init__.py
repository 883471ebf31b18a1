"""`python -m model book …`: the chapter in the terminal, in Korean, one module a system."""
