"""Messages as Discord has them, read as Jigi judges them: live, caught up with, or long past."""
