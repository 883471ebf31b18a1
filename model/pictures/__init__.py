"""Pictures as PNG, in one font and one palette. Imports matplotlib: ask for it only when one is drawn."""
