"""The door through which Jigi comes into a bot: `await bot.load_extension("bot.plugin")`.

Any discord.py bot will do. Its error handler, its help and its commands stay as they are; a name that is already taken
is a clear error, after which everything that was opened is closed again. The configuration is `bot.jigi_config` if the
bot has one, otherwise that of the environment. Registering commands with Discord (`bot.tree.sync()`) stays its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack

import discord

from bot.alerts import DiscordHandler
from bot.cogs.check import MENU, NAME, Check
from bot.cogs.decisions import DecisionButtons
from bot.cogs.moderation import Moderation
from bot.cogs.settings import Settings
from bot.cogs.teaching import Teaching
from bot.config import Config
from bot.incoming import Bot
from bot.localisation import Texts
from bot.runtime import PluginError, open_jigi
from bot.translator import Translator

_COGS = (Check, Teaching, DecisionButtons, Settings, Moderation)
_NEEDED_INTENTS = ("guilds", "guild_messages", "message_content")
_opened: dict[Bot, AsyncExitStack] = {}


async def setup(bot: Bot) -> None:
    """Open what Jigi needs and add its cogs.

    Raises:
        ConfigError, ModelError, DatabaseError: What Jigi needs is not there.
        PluginError: The bot lacks an intent, or has something of the same name.
    """
    config: Config = getattr(bot, "jigi_config", None) or Config.from_environ()
    texts = Texts.load(config.language)
    _refuse_unfit(bot, texts)
    async with AsyncExitStack() as stack:
        jigi = await stack.enter_async_context(
            open_jigi(config, texts, lambda database: DiscordHandler(bot, database, texts, config.log_channel_id))
        )
        for cog in [kind(bot, jigi) for kind in _COGS]:
            await bot.add_cog(cog)
            stack.push_async_callback(bot.remove_cog, cog.qualified_name)
        if bot.tree.translator is None:
            await bot.tree.set_translator(Translator())
            stack.push_async_callback(bot.tree.set_translator, None)
        _opened[bot] = stack.pop_all()


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
    name, menu = NAME.message, MENU.message
    if bot.get_command(name) is not None:
        yield texts("plugin.prefix_command", name=name)
    if bot.tree.get_command(name) is not None:
        yield texts("plugin.slash_command", name=name)
    if bot.tree.get_command(menu, type=discord.AppCommandType.message) is not None:
        yield texts("plugin.menu", name=menu)
    for cog in _COGS:
        if bot.get_cog(cog.__cog_name__) is not None:
            yield texts("plugin.cog", name=cog.__cog_name__)
