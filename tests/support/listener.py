"""A bot that only listens, for the tests of the loopback Discord."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
from discord.ext import commands

from tests.discord_server import Channel


class Bot(commands.AutoShardedBot):
    """A bot that writes down which events it hears."""

    def __init__(self, **options: Any) -> None:
        options = {"intents": discord.Intents.all(), "guild_ready_timeout": 0.1, **options}
        super().__init__("!", help_command=None, **options)
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        self.heard_more = asyncio.Event()

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        self.heard.append((event_name, args))
        self.heard_more.set()
        super().dispatch(event_name, *args, **kwargs)

    def events(self, name: str) -> list[Any]:
        """Return the first arguments of the events of that name."""
        return [args[0] if args else None for event, args in self.heard if event == name]

    async def hear(self, name: str, n_times: int = 1) -> Any:
        """Return the first argument of the n-th event of that name, once it is heard."""
        async with asyncio.timeout(5):
            while len(self.events(name)) < n_times:
                self.heard_more.clear()
                await self.heard_more.wait()
        return self.events(name)[n_times - 1]

    def text(self, channel: Channel) -> discord.TextChannel:
        """Return the bot's own view of a text channel."""
        found = self.get_channel(channel.id)
        assert isinstance(found, discord.TextChannel)
        return found
