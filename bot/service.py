"""Run the bot on Discord until it is told to stop.

Whatever keeps it from starting is one line on standard error and exit code 1, in the language of LANGUAGE.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys

import aiohttp
import discord

from bot.client import Client
from bot.config import Config, ConfigError
from bot.localisation import Texts
from bot.runtime import PluginError
from bot.storage.engine import DatabaseError
from model.artifact import ModelError

_OBSTACLES = (
    ModelError, DatabaseError, PluginError, discord.LoginFailure, discord.PrivilegedIntentsRequired,
    discord.ConnectionClosed, discord.GatewayNotFound, discord.HTTPException, aiohttp.ClientError, OSError,
)  # fmt: skip


def run() -> int:
    """Run the bot with the environment's configuration and return the exit code."""
    try:
        config = Config.from_environ()
    except ConfigError as error:
        return _refuse(str(error))
    texts = Texts.load(config.language)
    if not config.discord_token:
        return _refuse(texts("start.no_token"))
    _set_up_logging(config.log_level)
    try:
        asyncio.run(_serve(config, config.discord_token))
    except (KeyboardInterrupt, asyncio.CancelledError):  # SIGINT, SIGTERM: everything is closed by now
        return 0
    except _OBSTACLES as obstacle:
        return _refuse(_sentence(obstacle, texts))
    return 0


async def _serve(config: Config, token: str) -> None:
    """Serve until cancelled. Leaving the block unloads the plugin, which judges and stores what it was given."""
    task = asyncio.current_task()
    assert task is not None
    with contextlib.suppress(NotImplementedError):  # Windows has no SIGTERM; asyncio.run sees to SIGINT itself
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with Client(config) as client:
        await client.start(token)


def _set_up_logging(level: int) -> None:
    """Show what Jigi says from `level` up, and of the libraries only warnings.

    Below that discord.py would write messages and the tokens of interactions into the log.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    for ours in ("bot", "model"):
        logging.getLogger(ours).setLevel(level)


def _sentence(obstacle: BaseException, texts: Texts) -> str:
    match obstacle:
        case ModelError():
            return texts("start.bad_model", reason=obstacle)
        case DatabaseError():
            return obstacle.sentence(texts)
        case PluginError():
            return str(obstacle)
        case discord.LoginFailure() | discord.ConnectionClosed(code=4004):
            return texts("start.wrong_token")  # 4004: the gateway does not know it (any more)
        case discord.PrivilegedIntentsRequired():
            return texts("start.missing_intent")
        case _:
            return texts("start.no_network", reason=obstacle)


def _refuse(sentence: str) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return 1
