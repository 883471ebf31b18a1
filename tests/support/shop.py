"""A shop's guild on the loopback Discord with Jigi in it, for end-to-end tests."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import discord
from discord.ext import commands

from bot.client import Client
from bot.cogs.moderation.cog import Moderation
from bot.cogs.shared.types import Bot
from bot.config import Config, WatchedChannels
from bot.domain.verdicts import StoredVerdict
from bot.runtime import Jigi
from tests.discord_server import Channel, DiscordServer, Guild, Member, Message, messages
from tests.support.store import UNPACED

BAD = "배송이 너무 늦고 별로예요"  # the keyword model calls it negative, at 1.0
GOOD = "정말 좋아요 짱"
FLAG = "🚩"
_Cog = TypeVar("_Cog", bound=commands.Cog)
_LONGEST = 40.0  # seconds for one story


class QuickClient(Client):
    """Jigi on a Discord that does not mind two sessions within five seconds."""

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Begin a session at once."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A guild with a watched channel for reviews, a log channel for moderators, and the people in it."""

    server: DiscordServer
    guild: Guild
    reviews: Channel
    log: Channel
    customer: Member
    moderator: Member
    config: Config

    @property
    def database_path(self) -> Path:
        return Path(self.config.database_url.removeprefix("sqlite+aiosqlite:///"))

    @asynccontextmanager
    async def bot(self, *, longest: float = _LONGEST, **changes: Any) -> AsyncIterator[Client]:
        """Run Jigi until the end of the block (`longest` seconds), its configuration changed as given."""
        client = QuickClient(replace(self.config, **changes), guild_ready_timeout=0.1)
        async with asyncio.timeout(longest), self.server.running(client):
            yield client

    async def verdict(self, bot: Bot, message: Message, *, where: Callable[[StoredVerdict], bool] | None = None) -> Any:
        """Return a message's verdict, once there is one (and it is as `where` wants it)."""
        async with asyncio.timeout(5):
            while True:
                verdict = await jigi_in(bot).database.verdicts.newest(message.id)
                if verdict is not None and (where is None or where(verdict)):
                    return verdict
                await asyncio.sleep(0.01)

    async def is_judged(self, bot: Bot, message: Message) -> bool:
        """Tell whether a message was judged: all that was sent before this call has been seen by then."""
        witness = await self.customer.send(self.reviews, GOOD)
        await self.verdict(bot, witness)
        return await jigi_in(bot).database.verdicts.newest(message.id) is not None

    async def begin_watching(self, bot: Bot, channel: Channel) -> None:
        """Wait until a bot has read a channel's history, so that it knows where it was if it goes."""
        async with asyncio.timeout(5):
            while await jigi_in(bot).database.cursors.find(channel.id) is None:  # noqa: ASYNC110 (the database tells nobody)
                await asyncio.sleep(0.01)

    async def flagged(self, message: Message) -> Message:
        """Wait until a message bears the flag, and return it."""
        await self.server.wait_for(lambda: message.has_reaction(FLAG, self.server.bot_user), what="the flag")
        return message

    async def say(self, content: str) -> Message:
        """Let the customer post what their client would trim or refuse: the gateway carries it as it is."""
        message = messages.post(self.customer.user, self.reviews, {}, kind=messages.PINNED)  # a notice: nobody reads it
        message.type, message.content = messages.DEFAULT, content
        messages.announce("MESSAGE_CREATE", message)
        return message

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Read the database; SQLite lets others read while the bot writes."""
        with closing(sqlite3.connect(self.database_path)) as connection:
            return connection.execute(query).fetchall()

    def change(self, statement: str, *values: object) -> None:
        """Change the database of a bot that has stopped."""
        with closing(sqlite3.connect(self.database_path)) as connection, connection:
            connection.execute(statement, values)

    async def change_beside(self, bot: Bot, statement: str, *values: object) -> None:
        """Change the database of a bot that runs; what it has begun to write is written first."""
        await jigi_in(bot).pipeline.drain()
        await asyncio.to_thread(self.change, statement, *values)

    async def alert(self) -> Message:
        """Return the next alert in the log channel."""
        return await self.server.wait_for_message(self.log, author=self.server.bot_user)


@asynccontextmanager
async def open_shop(folder: Path, model: Path, *, n_shards: int = 1, **options: Any) -> AsyncIterator[Shop]:
    """Open a shop whose bot keeps its database in `folder` and judges with `model`; `options` go to its `Config`."""
    async with DiscordServer(n_shards=n_shards) as server:
        with server.connected_discord_py():
            guild = server.add_guild()
            reviews, log = guild.add_text_channel("리뷰"), guild.add_text_channel("기록")
            log.set_permissions(guild.everyone, view_channel=False)
            log.set_permissions(guild.bot, view_channel=True)
            config = Config(
                discord_token=server.token,
                database_url=f"sqlite+aiosqlite:///{folder / 'jigi.sqlite3'}",
                watched=WatchedChannels(frozenset({reviews.id})),
                log_channel_id=log.id,
                model_folder=model,
                patience=UNPACED,
                **options,
            )
            moderator = guild.add_member("관리자", permissions=discord.Permissions(manage_messages=True))
            yield Shop(server, guild, reviews, log, guild.add_member("손님"), moderator, config)


def jigi_in(bot: Bot) -> Jigi:
    """Return what Jigi holds open in a bot."""
    return cog_in(bot, Moderation).jigi


def cog_in(bot: Bot, kind: type[_Cog]) -> _Cog:
    """Return the cog of a kind."""
    return next(cog for cog in bot.cogs.values() if isinstance(cog, kind))
