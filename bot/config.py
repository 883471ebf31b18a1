"""The configuration: environment variables and `.env`, read once into one frozen dataclass.

`.env.example` explains every variable. A wrong value is a `ConfigError`, in the language that LANGUAGE asks for.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from dotenv import dotenv_values

from bot.localisation.texts import Language, Texts
from model.vectors.table import PRETRAINED_WORDS, is_words_folder
from model.versions.version import PRETRAINED

DEFAULT_DATABASE_URL = "sqlite+aiosqlite:///jigi.sqlite3"
ENV_FILE = Path(".env")

_FIRST_LANGUAGE = Language.KOREAN
_T = TypeVar("_T")
_ID = re.compile("[0-9]{1,19}")
_LARGEST_ID = 2**63 - 1  # what a database's integer holds; Discord's ids are smaller until 2084
_TOKEN = re.compile("[!-~]+")
_KEY = re.compile("[A-Za-z0-9_-]{43}=")  # 32 bytes in the letters of addresses
_SECRET = {"DISCORD_TOKEN", "TEXT_KEY"}
_LEVELS = {name: getattr(logging, name) for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")}


class ConfigError(Exception):
    """A variable is wrong; the message names it, what was expected, what came, and the mend. Never a secret."""


class LogFormat(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class WatchedChannels:
    """The channels whose messages are judged; nothing is watched unless somebody says so."""

    ids: frozenset[int] = frozenset()
    is_all: bool = False

    def __bool__(self) -> bool:
        return self.is_all or bool(self.ids)

    def includes(self, *place_ids: int) -> bool:
        """Tell whether a channel is watched, by itself, as a thread of another, or with its whole category."""
        return self.is_all or not self.ids.isdisjoint(place_ids)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long what fails is tried again; times in seconds."""

    deadline: float = 30.0  # of one request
    first_pause: float = 1.0  # of a route after a failure; then twice as long each time
    longest_pause: float = 300.0
    n_tries: int = 12  # of one action
    refused_pause: float = 3600.0  # until an action that lacks a permission is tried again, unless there is news
    n_refused: int = 24  # tries of such an action: a day
    n_routes: int = 64  # worked on at the same time
    n_alerts_at_once: int = 3  # of a guild, before they are paced: a log channel may be shared, and takes 5 in 5 s
    alert_pause: float = 2.0  # between further ones
    settling_pause: float = 10.0  # after which a change of channels or permissions is looked at: more may follow
    folds_from: int = 6  # alerts of a guild that wait: then the others are folded into the first of them
    n_looked_at: int = 200  # of those that wait, at a time
    n_of_author: int = 1  # cases of an author within `author_window`: a further one is folded into their alert
    author_window: float = 300.0
    n_of_channel: int = 5  # the same of a channel
    channel_window: float = 60.0
    lease: float = 20.0  # until another process takes a dead one's shards


@dataclass(frozen=True, slots=True)
class TrainerLimits:
    """How a training is kept in bounds; times in seconds."""

    silence: float = 180.0  # after which a child that says nothing counts as hung
    teacher_silence: float = 3600.0  # the same of a full training, whose teacher thinks for long
    heartbeat: float = 10.0  # between two notes that it is running
    niceness: int = 10
    packages: tuple[str, ...] = ("tensorflow", "onnx", "sklearn", "pandas", "matplotlib")
    lock: Path = Path.home() / ".cache" / "jigi" / "one-training"  # in a folder that other users cannot write to


PATIENCE, TRAINER_LIMITS = Patience(), TrainerLimits()


@dataclass(frozen=True, slots=True)
class Config:
    """Everything an operator can choose, and below it what only tests and benchmarks change."""

    discord_token: str | None = field(default=None, repr=False)
    database_url: str = field(default=DEFAULT_DATABASE_URL, repr=False)  # may hold a password
    text_keys: tuple[str, ...] = field(default=(), repr=False)  # the first seals what people wrote, all open it
    allow_unreadable_texts: bool = False  # begin although texts are sealed with a key that is not there
    watched: WatchedChannels = WatchedChannels()
    log_channel_id: int | None = None
    threshold: float | None = None  # P(negative) in (0, 1]; None: the model's own
    model_folder: Path = PRETRAINED
    words_folder: Path = PRETRAINED_WORDS
    command_prefix: str = "!"
    language: Language = _FIRST_LANGUAGE
    retention_days: int = 30
    examples_per_moderator: int = 500  # at most so many count in one training
    training_memory_mb: int = 4096
    allow_training_on_messages: bool = False  # which Discord's policy forbids without Discord's permission
    catch_up_hours: int = 24
    shard_count: int | None = None  # of Discord's shards; None: as many as Discord recommends
    shards_per_process: int | None = None  # that one of several processes holds; None: there is one, which runs all
    sync_commands: bool = True
    log_level: int = logging.INFO
    log_format: LogFormat = LogFormat.TEXT
    metrics_port: int | None = None  # None: nobody watches
    metrics_host: str = "127.0.0.1"

    patience: Patience = PATIENCE
    trainer_limits: TrainerLimits = TRAINER_LIMITS

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read the configuration from `environ`, by default the process' environment over `.env`.

        Raises:
            ConfigError: A variable is wrong.
        """
        variables = _Variables(_environ() if environ is None else environ)
        read = {name: variables.read(variable, parse) for name, (variable, parse) in _VARIABLES.items()}
        chosen = {name: value for name, value in read.items() if value is not None}
        return cls(language=variables.language, **chosen)


class _Wrong(Exception):
    """A value, or a piece of it, is not what was expected."""


class _Variables:
    """Reads variables one by one; an empty one counts as not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.language = _FIRST_LANGUAGE  # in which a wrong LANGUAGE is told
        self.language = self.read("LANGUAGE", _language) or _FIRST_LANGUAGE

    def read(self, name: str, parse: Callable[[str], _T]) -> _T | None:
        """Return a variable's value, None if it is not set."""
        value = self._environ.get(name, "").strip()
        if not value:
            return None
        try:
            return parse(value)
        except _Wrong as wrong:
            expected = Texts.load(self.language)(f"config.{name.lower()}")
            received = "***" if name in _SECRET else str(wrong)
            sentence = Texts.load(self.language)("config.wrong", name=name, expected=expected, received=received)
            raise ConfigError(sentence) from None


def is_exposed(path: Path = ENV_FILE) -> bool:
    """Tell whether other users of the computer can read a file. Windows keeps that elsewhere, and is not asked."""
    return os.name == "posix" and path.is_file() and bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def _environ() -> dict[str, str]:
    """Return the environment over `.env` in the working directory, without changing the environment."""
    try:
        from_file = dotenv_values(ENV_FILE, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        language = Language.ENGLISH if os.environ.get("LANGUAGE") == Language.ENGLISH else Language.KOREAN
        raise ConfigError(Texts.load(language)("config.unreadable", path=ENV_FILE.absolute())) from error
    environ = dict(os.environ)
    if re.search("[_:]", environ.get("LANGUAGE", "")):
        del environ["LANGUAGE"]  # a desktop has set it for gettext, as in ko_KR:en; it is not meant for us
    return {name: value for name, value in from_file.items() if value is not None} | environ


def _language(value: str) -> Language:
    try:
        return Language(value.lower())
    except ValueError:
        raise _Wrong(value) from None


def _token(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise _Wrong(value)
    return value


def _keys(value: str) -> tuple[str, ...]:
    keys = [key for piece in value.split(",") if (key := piece.strip())]
    if not keys or not all(map(_KEY.fullmatch, keys)):
        raise _Wrong(value)
    return tuple(dict.fromkeys(keys))


def _id(value: str) -> int:
    if not _ID.fullmatch(value) or int(value) > _LARGEST_ID:
        raise _Wrong(value)
    return int(value)


def _watched(value: str) -> WatchedChannels:
    if value.lower() == "all":
        return WatchedChannels(is_all=True)
    return WatchedChannels(frozenset(_id(piece.strip()) for piece in value.split(",") if piece.strip()))


def _threshold(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise _Wrong(value) from None
    if not 0 < number <= 1:
        raise _Wrong(value)
    return number


def _words_folder(value: str) -> Path:
    folder = Path(value).expanduser()
    if not is_words_folder(folder):  # its files are checked when somebody first asks for a word
        raise _Wrong(value)
    return folder


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch("[0-9]{1,5}", value) or not least <= int(value) <= most:
            raise _Wrong(value)
        return int(value)

    return parse


def _switch(value: str) -> bool:
    if value not in ("0", "1"):
        raise _Wrong(value)
    return value == "1"


def _level(value: str) -> int:
    if value.upper() not in _LEVELS:
        raise _Wrong(value)
    return int(_LEVELS[value.upper()])


def _log_format(value: str) -> LogFormat:
    try:
        return LogFormat(value.lower())
    except ValueError:
        raise _Wrong(value) from None


def _address(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        raise _Wrong(value) from None


# Of each choice but the language, the variable and how it is read; where it is not set, the default above holds.
_VARIABLES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "discord_token": ("DISCORD_TOKEN", _token),
    "database_url": ("DATABASE_URL", str),
    "text_keys": ("TEXT_KEY", _keys),
    "allow_unreadable_texts": ("ALLOW_UNREADABLE_TEXTS", _switch),
    "watched": ("WATCH_CHANNELS", _watched),
    "log_channel_id": ("LOG_CHANNEL", _id),
    "threshold": ("THRESHOLD", _threshold),
    "model_folder": ("MODEL", lambda value: Path(value).expanduser()),
    "words_folder": ("VECTORS", _words_folder),
    "command_prefix": ("COMMAND_PREFIX", str),
    "retention_days": ("RETENTION_DAYS", _whole_number(1, 365)),
    "examples_per_moderator": ("EXAMPLES_PER_MODERATOR", _whole_number(1, 20_000)),
    "training_memory_mb": ("TRAINING_MEMORY_MB", _whole_number(512, 99_999)),
    "allow_training_on_messages": ("ALLOW_TRAINING_ON_MESSAGES", _switch),
    "catch_up_hours": ("CATCH_UP_HOURS", _whole_number(0, 168)),
    "shard_count": ("SHARD_COUNT", _whole_number(1, 16_384)),
    "shards_per_process": ("SHARDS_PER_PROCESS", _whole_number(1, 16_384)),
    "sync_commands": ("SYNC_COMMANDS", _switch),
    "log_level": ("LOG_LEVEL", _level),
    "log_format": ("LOG_FORMAT", _log_format),
    "metrics_port": ("METRICS_PORT", _whole_number(1, 65_535)),
    "metrics_host": ("METRICS_HOST", _address),
}
