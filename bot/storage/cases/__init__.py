"""The cases: opened and ended together with verdicts, worked on by moderators, folded where they come in a burst."""
