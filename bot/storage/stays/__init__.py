"""The guilds that the bot is in or was in: greeted, left, and purged of what was kept of them."""
