"""The cogs, one for each job. `bot.plugin` adds them to a bot."""
