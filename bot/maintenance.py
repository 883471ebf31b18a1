"""What an operator does to a database from the command line: `python -m bot backup FILE` and `restore FILE`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bot.config import Config, ConfigError
from bot.localisation.texts import Texts
from bot.storage.backup import back_up, restore
from bot.storage.connection.engine import DatabaseError

COMMANDS: dict[str, Callable[[str, Path], int]] = {"backup": back_up, "restore": restore}


def run(command: str, file: str) -> int:
    """Do what is asked, say what was done, and return the exit code."""
    try:
        config = Config.from_environ()
    except ConfigError as error:
        return _refuse(str(error))
    texts = Texts.load(config.language)
    path = Path(file).expanduser()
    try:
        n_verdicts = COMMANDS[command](config.database_url, path)
    except DatabaseError as error:
        return _refuse(error.sentence(texts))
    print(texts(f"maintenance.{command}", path=path, n=f"{n_verdicts:,}"))
    return 0


def _refuse(sentence: str) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return 1
