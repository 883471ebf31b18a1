"""What an operator does to a database from the command line: `python -m bot backup FILE`, `rotate-keys` and so on."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from bot.config import Config, ConfigError
from bot.localisation.texts import Texts
from bot.storage import privacy
from bot.storage.connection.engine import DatabaseError
from bot.storage.database import Database
from bot.storage.upkeep.backup import back_up, restore
from bot.storage.upkeep.moving import move
from bot.storage.upkeep.stepping_back import step_back
from bot.wording.privacy import privacy_lines

_TOLD_EVERY = 20_000  # rows
_COPIES: dict[str, Callable[[str, Path], int]] = {"backup": back_up, "restore": restore}
Said = str


def run(command: str, *arguments: str) -> int:
    """Do what is asked, say what was done, and return the exit code."""
    try:
        config = Config.from_environ()
    except ConfigError as error:
        return _refuse(str(error))
    texts = Texts.load(config.language)
    try:
        print(_COMMANDS[command](config, texts, *arguments))
    except DatabaseError as error:
        return _refuse(error.sentence(texts))
    except _CannotError as error:
        return _refuse(texts(f"maintenance.{error}"))
    return 0


def make_key() -> int:
    """Print a new key for TEXT_KEY, and nothing else; return the exit code."""
    print(new_key())
    return 0


def new_key() -> str:
    """Return a new key for TEXT_KEY, made at random."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


class _CannotError(Exception):
    """It cannot be done; the message is the key of the sentence that says why."""


def _copy(command: str, config: Config, texts: Texts, file: str) -> Said:
    path = Path(file).expanduser()
    n_verdicts = _COPIES[command](config.database_url, path)
    return texts(f"maintenance.{command}", path=path, n=f"{n_verdicts:,}")


def _rewrite(command: str, config: Config, texts: Texts) -> Said:
    if not config.text_keys:
        raise _CannotError("no_key")
    n_rewritten, n_lost = asyncio.run(_rewritten(command, config))
    done = texts(f"maintenance.{command}", n=f"{n_rewritten:,}")
    if n_lost:
        return f"{done}\n{texts('maintenance.lost', n=f'{n_lost:,}')}"
    return f"{done}\n{texts('maintenance.all_sealed' if command == 'rotate-keys' else 'maintenance.all_open')}"


async def _rewritten(command: str, config: Config) -> tuple[int, int]:
    """Return how many texts were rewritten, and how many cannot be for want of their key."""
    may_miss = config.allow_unreadable_texts
    database = await Database.open(config.database_url, config.text_keys, may_miss_keys=may_miss)
    try:
        rewrite = database.sealing.seal_all if command == "rotate-keys" else database.sealing.open_all
        return await rewrite(), await database.sealing.n_lost()
    finally:
        await database.close()


def _step_back(config: Config, texts: Texts, target: str | None = None) -> Said:
    revision, copy = step_back(config.database_url, target)
    return texts("maintenance.downgrade-database", revision=revision, copy=copy)


def _privacy_report(config: Config, texts: Texts, *options: str) -> Said:
    report = asyncio.run(privacy.report(config.database_url, config.text_keys, config.retention_days))
    if "--json" in options:
        return json.dumps(report.as_json(), ensure_ascii=False, indent=2)
    return "\n".join(privacy_lines(report, texts))


def _move(config: Config, texts: Texts, source: str, target: str) -> Said:
    """Carry a database over to another. Each is a URL as in DATABASE_URL, or the path of an SQLite file."""

    def tell(table: str, n_done: int, n_all: int) -> None:
        if n_done == n_all or n_done // _TOLD_EVERY > (n_done - 1) // _TOLD_EVERY:
            print(texts("maintenance.moving", table=table, n=f"{n_done:,}", n_all=f"{n_all:,}"), flush=True)

    try:
        n_rows = asyncio.run(move(_url_of(source), _url_of(target), tell))
    except KeyboardInterrupt:
        raise _CannotError("interrupted") from None
    return texts("maintenance.moved", n=f"{n_rows:,}")


def _url_of(place: str) -> str:
    return place if "://" in place else f"sqlite+aiosqlite:///{Path(place).expanduser()}"


def _refuse(sentence: str) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return 1


_COMMANDS: dict[str, Callable[..., Said]] = {
    "backup": lambda *rest: _copy("backup", *rest),
    "restore": lambda *rest: _copy("restore", *rest),
    "downgrade-database": _step_back,
    "move-database": _move,
    "privacy-report": _privacy_report,
    "rotate-keys": lambda *rest: _rewrite("rotate-keys", *rest),
    "unseal": lambda *rest: _rewrite("unseal", *rest),
}
