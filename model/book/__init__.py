"""The chapter that the classifier comes from, system by system, each runnable: `python -m model book …`.

Nothing that serves imports it. The chapter's small networks are baselines for the shipped one.
"""
