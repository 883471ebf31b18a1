"""A model version on disk: a folder that is whole and checked, and its archive."""
