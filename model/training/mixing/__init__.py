"""What an epoch reads: which texts, how often, with what targets, and what keeps a version from forgetting."""
