"""Trainings, done one at a time in processes of their own."""
