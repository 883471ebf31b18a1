"""The texts that ship with Jigi. No code but where they are."""
