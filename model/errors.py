"""What can be wrong with what Jigi reads and makes, by whose fault it is."""

from __future__ import annotations


class ModelError(Exception):
    """A model version is missing, damaged or of another format; the message says what to do."""
