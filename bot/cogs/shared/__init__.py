"""What the cogs have in common: their base, discord.py's types, answers, names in each language."""
