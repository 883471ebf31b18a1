"""The guilds themselves: greeted, told what is wrong, left, and in the end purged."""
