"""Jigi as a bot of its own: the least that it needs from Discord, and the plugin that does the work.

`bot.__main__` runs it. What it does with messages and commands comes in through `bot.plugin`, the same door by which
any other bot takes Jigi in.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot import gateway, logs
from bot.cogs.shared import replies
from bot.cogs.shared.types import Context, Interaction
from bot.config import ENV_FILE, Config, ConfigError, is_exposed
from bot.domain.sharding import ShardCountError
from bot.localisation.texts import Texts
from bot.runtime import PluginError
from bot.services.retrying.backoff import Backoff
from bot.sharding import SharingBot
from bot.storage.connection.engine import DatabaseError
from model.errors import JigiModelError

if TYPE_CHECKING:
    from bot.metrics.endpoint import Endpoint

_log = logging.getLogger(__name__)

PLUGIN = "bot.plugin"
INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)

gateway.install()

# Jigi never speaks: nobody needs to hear which libraries that would take.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False

_OBSTACLES = (
    JigiModelError, DatabaseError, PluginError, ShardCountError, discord.LoginFailure,
    discord.PrivilegedIntentsRequired, discord.ConnectionClosed, discord.GatewayNotFound, discord.HTTPException,
    aiohttp.ClientError, OSError,
)  # fmt: skip
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError)  # by what discord.py stumbles over a frame
_PASSING = (*_OBSTACLES, *_UNREADABLE)
_FINAL_CODES = {4004, 4010, 4011, 4012, 4013, 4014}  # the gateway's: a wrong token, wrong shards, wrong intents


class Client(SharingBot):
    """The Discord bot. `options` go to discord.py, for instance `guild_ready_timeout`."""

    has_jigi_help = True

    def __init__(self, config: Config, endpoint: Endpoint | None = None, **options: Any) -> None:
        self.jigi_endpoint = endpoint  # of `bot.metrics`, where somebody watches
        self.jigi_config = config  # where the plugin looks before it reads the environment
        self.texts = Texts.load(config.language)
        self.hear: Callable[[Mapping[str, Any]], bool] | None = None  # by the plugin; see `_take_in`
        super().__init__(
            command_prefix=commands.when_mentioned_or(config.command_prefix),
            intents=INTENTS,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,  # edits and deletions arrive as raw events; nothing is kept in memory
            tree_cls=CommandTree,
            shard_count=config.shard_count,
            help_command=None,  # `bot.cogs.help` is better, and speaks two languages
            **options,
        )
        parsers = self._connection.parsers
        parsers["MESSAGE_CREATE"] = partial(self._take_in, parsers["MESSAGE_CREATE"])

    async def setup_hook(self) -> None:
        """Load the plugin and register the commands with Discord.

        Raises:
            JigiModelError, DatabaseError, PluginError: The plugin cannot start; the message says what to do.
        """
        try:
            await self.load_extension(PLUGIN)
        except commands.ExtensionFailed as failed:
            raise failed.original from None
        if self.jigi_config.sync_commands:
            await self._sync_commands()
        gateway.settle()

    @property
    def jigi_prefixes(self) -> tuple[str, ...]:
        """What a message begins with that may be a command: most are none, and need not be looked at as such."""
        own_id = self.user.id if self.user else 0
        return (self.jigi_config.command_prefix, f"<@{own_id}>", f"<@!{own_id}>")

    def _take_in(self, parse: Callable[[Any], None], payload: Mapping[str, Any]) -> None:
        """Let the plugin hear a new message as the gateway sent it; what it does not take becomes discord.py's event.

        To make a Message of each, with Member and User, and a task for each listener, is half of what a raid costs.
        """
        n_listeners = len(self.extra_events.get("on_message", ()))
        is_for_others = n_listeners > 1 or payload["content"].startswith(self.jigi_prefixes)
        if self.hear is None or is_for_others or not self.hear(payload):
            parse(payload)

    async def on_message(self, message: discord.Message, /) -> None:
        """Obey a command; tell the help of a bare mention and of a direct message.

        The help listens to an event of its own: while nobody else listens to messages, most need not be made of events.
        """
        if message.guild is None or message.content.strip() in self.jigi_prefixes[1:]:
            self.dispatch("jigi_call", message)
        elif message.content.startswith(self.jigi_prefixes):
            await self.process_commands(message)

    async def on_command_error(self, context: Context, exception: commands.CommandError, /) -> None:
        """Report what no cog has reported; an unknown command is talk between people."""
        is_reported = context.cog is not None and context.cog.has_error_handler()
        if not is_reported and not isinstance(exception, commands.CommandNotFound):
            await replies.report(context, exception, self.texts)

    async def _sync_commands(self) -> None:
        try:
            await self.tree.sync()
        except discord.HTTPException as error:
            _log.warning(self.texts("start.not_synced", reason=error))


class CommandTree(app_commands.CommandTree[Client]):
    """The slash commands and context menus of `Client`."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Answer a command that Discord still offers and Jigi no longer has; the cogs answer for theirs."""
        if interaction.command is None:
            await replies.report(interaction, error, self.client.texts)
        else:
            await super().on_error(interaction, error)


def run() -> int:
    """Run the bot with the environment's configuration and return the exit code."""
    try:
        config = Config.from_environ()
    except ConfigError as error:
        return _refuse(str(error))
    texts = Texts.load(config.language)
    if not config.discord_token:
        return _refuse(texts("start.no_token"))
    logs.set_up(config.log_level, config.log_format)
    if is_exposed():
        _log.warning(texts("start.exposed_token", path=ENV_FILE.absolute()))
    try:
        asyncio.run(_serve(config, config.discord_token))
    except (KeyboardInterrupt, asyncio.CancelledError):  # SIGINT, SIGTERM: everything is closed by now
        return 0
    except _OBSTACLES as obstacle:
        return _refuse(_sentence(obstacle, texts))
    return 0


async def _serve(config: Config, token: str) -> None:
    """Serve until cancelled, through outages of Discord's: only what an operator has to mend ends it.

    Leaving the block unloads the plugin, which judges and stores what it was given.
    """
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # Windows has no SIGTERM; asyncio.run sees to SIGINT itself
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with _client_maker(config) as make_client:
        await _keep_connected(make_client, token)


@asynccontextmanager
async def _client_maker(config: Config) -> AsyncIterator[Callable[[], Client]]:
    """Give what makes a client. Where somebody watches, they do so also while Discord is out of reach."""
    if config.metrics_port is None:
        yield partial(Client, config)
        return
    from bot.metrics.endpoint import open_endpoint  # needs Prometheus' client, which nobody else does
    from bot.metrics.rate_limits import RateLimits

    rate_limits = RateLimits()
    async with open_endpoint(config, rate_limits) as endpoint:
        yield partial(Client, config, endpoint, http_trace=rate_limits.trace)


async def _keep_connected(make_client: Callable[[], Client], token: str) -> None:
    backoff = Backoff(first=1.0, longest=300.0)
    while True:
        try:
            async with make_client() as client:
                await client.start(token)
        except _PASSING as error:
            if not is_outage(error):
                raise
            if isinstance(error, _UNREADABLE):
                _log.error("A frame of the gateway cannot be understood; connecting again", exc_info=error)
            elif not backoff.is_waiting:
                _log.warning(client.texts("start.outage", reason=str(error) or type(error).__name__))
        else:
            return
        await backoff.wait()


def is_outage(error: BaseException) -> bool:
    """Tell whether what ended the client passes by itself: an outage, or a frame that discord.py cannot read."""
    if isinstance(error, discord.LoginFailure | discord.PrivilegedIntentsRequired):
        return False
    if isinstance(error, discord.ConnectionClosed):
        return error.code not in _FINAL_CODES
    return replies.is_passing(error) or isinstance(error, (discord.GatewayNotFound, *_UNREADABLE))


def _sentence(obstacle: BaseException, texts: Texts) -> str:
    match obstacle:
        case JigiModelError():
            return texts("start.bad_model", reason=obstacle)
        case DatabaseError():
            return obstacle.sentence(texts)
        case PluginError():
            return str(obstacle)
        case ShardCountError(own=own, others=others):
            return texts("start.other_shards", own=own, others=others)
        case discord.LoginFailure() | discord.ConnectionClosed(code=4004):
            return texts("start.wrong_token")  # 4004: the gateway does not know it (any more)
        case discord.PrivilegedIntentsRequired():
            return texts("start.missing_intent")
        case _:
            return texts("start.no_network", reason=obstacle)


def _refuse(sentence: str) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return 1
