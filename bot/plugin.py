"""The door through which Jigi comes into a bot: `await bot.load_extension("bot.plugin")`.

Any discord.py bot will do. Its error handler, its help and its commands stay as they are; a name that is already taken
is a clear error, after which everything that was opened is closed again. The configuration is `bot.jigi_config` if the
bot has one, otherwise that of the environment. Registering commands with Discord (`bot.tree.sync()`) stays its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import discord
from discord.ext import commands

from bot.cogs.cases.buttons import CaseButtons
from bot.cogs.cases.commands import CaseCommands
from bot.cogs.cases.queue import Queue
from bot.cogs.check import Check
from bot.cogs.guilds.cog import Guilds
from bot.cogs.help import Help
from bot.cogs.history.exports import Exports
from bot.cogs.history.scans import Scans
from bot.cogs.members.privacy import PrivacyCog
from bot.cogs.members.why import Why
from bot.cogs.moderation.alerts import DiscordActions, home_of
from bot.cogs.moderation.cog import Moderation
from bot.cogs.settings.automatic import AutomaticCog
from bot.cogs.settings.cog import SettingsCog
from bot.cogs.shared.cog import JigiCog
from bot.cogs.shared.training_progress import TrainingProgress
from bot.cogs.shared.translator import Translator
from bot.cogs.shared.types import Bot
from bot.cogs.stats.cog import Stats
from bot.cogs.teaching import Teaching
from bot.cogs.threshold import Thresholds
from bot.cogs.training import TrainingCog
from bot.cogs.versions import Versions
from bot.cogs.words import Words
from bot.config import Config
from bot.localisation.texts import Texts
from bot.runtime import Jigi, PluginError, open_jigi

COGS: tuple[type[JigiCog], ...] = (
    Check,
    Words,
    Teaching,
    CaseButtons,
    CaseCommands,
    Queue,
    Stats,
    Scans,
    SettingsCog,
    AutomaticCog,
    Thresholds,
    TrainingCog,
    Versions,
    Why,
    PrivacyCog,
    Exports,
    Moderation,
    Guilds,
)
HELP: tuple[type[JigiCog], ...] = (Help,)  # for a bot that says so by its attribute `has_jigi_help`; a host has its own
_NEEDED_INTENTS = ("guilds", "guild_messages", "message_content")
_opened: dict[Bot, AsyncExitStack] = {}


async def setup(bot: Bot) -> None:
    """Open what Jigi needs and add its cogs.

    Raises:
        ConfigError, JigiModelError, DatabaseError: What Jigi needs is not there.
        PluginError: The bot lacks an intent, or has something of the same name.
    """
    config: Config = getattr(bot, "jigi_config", None) or Config.from_environ()
    texts = Texts.load(config.language)
    _refuse_unfit(bot, texts)
    async with AsyncExitStack() as stack:
        jigi = await stack.enter_async_context(
            open_jigi(config, partial(DiscordActions, bot), home_of=partial(home_of, bot))
        )
        if hasattr(bot, "leases"):
            bot.leases = jigi.leases
        progress = TrainingProgress(bot, jigi)
        made = _make_cogs(bot, jigi, progress)
        await _show_metrics(bot, jigi, made, stack)
        stack.push_async_callback(progress.close)  # the cogs are gone by then, and Jigi still works
        for cog in made:
            stack.callback(_remove_halves, bot, cog)
            await bot.add_cog(cog)
            stack.push_async_callback(bot.remove_cog, cog.qualified_name)
        if bot.tree.translator is None:
            await bot.tree.set_translator(Translator())
            stack.push_async_callback(bot.tree.set_translator, None)
        _opened[bot] = stack.pop_all()


async def _show_metrics(bot: Bot, jigi: Jigi, cogs: list[commands.Cog], stack: AsyncExitStack) -> None:
    """Have a bot watched if METRICS_PORT is set, at an endpoint of its own or else at one opened here."""
    if jigi.config.metrics_port is None:
        return
    from bot.metrics.endpoint import open_endpoint  # needs Prometheus' client, which nobody else does
    from bot.metrics.snapshot import Watched

    endpoint: Any = getattr(bot, "jigi_endpoint", None)
    if endpoint is None:
        endpoint = await stack.enter_async_context(open_endpoint(jigi.config))
    moderation = next(cog for cog in cogs if isinstance(cog, Moderation))
    stack.enter_context(endpoint.watching(Watched(bot, jigi, moderation)))


def _make_cogs(bot: Bot, jigi: Jigi, progress: TrainingProgress) -> list[commands.Cog]:
    """Make one of each of `COGS`; trainings and imports share their progress."""
    return [
        *(cog(bot, jigi) for cog in HELP if _wants_help(bot)),
        Check(bot, jigi),
        Words(bot, jigi),
        Teaching(bot, jigi),
        CaseButtons(bot, jigi),
        CaseCommands(bot, jigi),
        Queue(bot, jigi),
        Stats(bot, jigi),
        Scans(bot, jigi),
        SettingsCog(bot, jigi),
        AutomaticCog(bot, jigi),
        Thresholds(bot, jigi),
        TrainingCog(bot, jigi, progress),
        Versions(bot, jigi, progress),
        Why(bot, jigi),
        PrivacyCog(bot, jigi),
        Exports(bot, jigi),
        Moderation(bot, jigi),
        Guilds(bot, jigi),
    ]


def _wants_help(bot: Bot) -> bool:
    return getattr(bot, "has_jigi_help", False)


async def teardown(bot: Bot) -> None:
    """Remove the cogs, finish what was submitted, and close everything."""
    if bot in _opened:
        await _opened.pop(bot).aclose()


def _refuse_unfit(bot: Bot, texts: Texts) -> None:
    """Refuse before anything is opened: discord.py would leave half of a clashing cog behind."""
    lacking = [name for name in _NEEDED_INTENTS if not getattr(bot.intents, name)]
    if lacking:
        raise PluginError(texts("plugin.missing_intent", names=", ".join(lacking)))
    if names := ", ".join(_clashes(bot, texts)):
        raise PluginError(texts("plugin.clash", names=names))


def _clashes(bot: Bot, texts: Texts) -> Iterator[str]:
    """Name what the bot already has of all that the cogs would add; only what is not in a group counts."""
    for cog in (*(HELP if _wants_help(bot) else ()), *COGS):
        for command in cog.__cog_commands__:
            if command.parent is None:
                yield from _clashes_of_command(bot, command, texts)
        yield from _clashes_in_tree(bot, cog, texts)
        if bot.get_cog(texts(cog.TITLE)) is not None:
            yield texts("plugin.cog", name=texts(cog.TITLE))


def _clashes_in_tree(bot: Bot, cog: type[JigiCog], texts: Texts) -> Iterator[str]:
    for slash in cog.__cog_app_commands__:
        if slash.parent is None and bot.tree.get_command(slash.name) is not None:
            yield texts("plugin.slash_command", name=slash.name)
    for menu in getattr(cog, "MENUS", ()):
        if bot.tree.get_command(menu.message, type=discord.AppCommandType.message) is not None:
            yield texts("plugin.menu", name=menu.message)


def _clashes_of_command(bot: Bot, command: commands.Command[Any, ..., Any], texts: Texts) -> Iterator[str]:
    for name in (command.name, *command.aliases):
        if bot.get_command(name) is not None:
            yield texts("plugin.prefix_command", name=name)
    is_hybrid = isinstance(command, (commands.HybridCommand, commands.HybridGroup))
    if is_hybrid and bot.tree.get_command(command.name) is not None:
        yield texts("plugin.slash_command", name=command.name)


def _remove_halves(bot: Bot, cog: commands.Cog) -> None:
    """Remove the half of a hybrid command that discord.py leaves behind when it cannot add the other."""
    for command in cog.get_commands():
        there: object = bot.get_command(command.name)
        if there is command:
            bot.remove_command(command.name)
