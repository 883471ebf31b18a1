"""Jigi in the terminal: lines are messages, judged by the same pipeline, classifier and store as on Discord.

    python -m bot console [FILE] [--json] [--keep] [--language ko|en]

Reads a file, a pipe, or what somebody types. Here verdicts are printed, and nothing else is done about them. They are
stored in memory, unless somebody wants to `--keep` them: what is tried out here is none of the bot's business.
`bot.console.output` writes what people read.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from bot.config import Config, ConfigError
from bot.console.commands import QUIT, WORDS, Command, help_lines, read_command
from bot.console.output import JsonLines, Screen, Table
from bot.console.session import Session, open_session
from bot.console.words import WordCommands
from bot.domain.messages import is_judgeable
from bot.domain.statistics import LONGEST
from bot.localisation.commands import Caller
from bot.localisation.texts import Language, Texts
from bot.storage.connection.engine import IN_MEMORY, DatabaseError
from model.errors import JigiModelError, NotTextError
from model.output import write_anything
from model.textfiles.decoding import LineReader, encoding_of

_CHUNK = 65_536  # bytes read at a time; a pipe gives what it has
_STATS_DAYS = 30  # unless others are asked for
_INTERRUPTED = 130  # the exit code that shells expect after Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the console and return the exit code."""
    write_anything()
    options = _parse(arguments)
    try:
        config = Config.from_environ()
    except ConfigError as error:
        return _refuse(str(error))
    if not options.keep:
        config = replace(config, database_url=IN_MEMORY)
    if options.language is not None:
        config = replace(config, language=Language(options.language))
    try:
        return _run_or_refuse(options, config)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED
    except BrokenPipeError:  # who reads, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run_or_refuse(options: argparse.Namespace, config: Config) -> int:
    texts = Texts.load(config.language)
    try:
        _run(options, config, texts)
    except NotTextError:
        return _refuse(texts("console.no_text", path=options.file or "-"))
    except JigiModelError as error:
        return _refuse(texts("start.bad_model", reason=error))
    except DatabaseError as error:
        return _refuse(error.sentence(texts))
    except _UnreadableFile as error:
        return _refuse(texts("console.unreadable", path=options.file, reason=error))
    return 0


class _UnreadableFile(Exception):
    """The file with the messages cannot be read."""


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bot console", description=_in_each_language("console.about"))
    parser.add_argument("file", nargs="?", metavar="FILE", help=_in_each_language("console.file_help"))
    parser.add_argument("--json", action="store_true", help=_in_each_language("console.json_help"))
    parser.add_argument("--keep", action="store_true", help=_in_each_language("console.keep_help"))
    parser.add_argument("--language", choices=[*Language], help=_in_each_language("console.language_help"))
    return parser.parse_args(arguments)


def _in_each_language(key: str) -> str:
    """Return a sentence that is needed before it is known which language is spoken."""
    return " · ".join(Texts.load(language)(key) for language in Language)


def _run(options: argparse.Namespace, config: Config, texts: Texts) -> None:
    table = Table(texts, Screen.of(sys.stdout))
    writer = JsonLines(texts) if options.json else table
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(_open(options.file)) if options.file else sys.stdin.buffer
        runner = stack.enter_context(asyncio.Runner())
        opened = open_session(config, writer.verdict)
        session = runner.run(opened.__aenter__())
        stack.callback(lambda: writer.summary(session.tally))
        stack.callback(lambda: runner.run(opened.__aexit__(None, None, None)))
        # The loop runs only while it judges: reading may wait for ever, and Ctrl-C must end it at once.
        if stream is sys.stdin.buffer and stream.isatty() and not options.json:
            words = WordCommands(
                lambda layer: runner.run(session.open_vectors(layer)),
                lambda found: runner.run(session.draw(found, texts)),
                config,
                texts,
            )
            _Conversation(session, runner, table, words, Caller(texts, config.command_prefix)).hold()
        else:
            writer.header()
            for lines in _chunks(stream):
                runner.run(session.judge(lines))
                sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class _Conversation:
    """Judges what is typed, and obeys its commands, until somebody wants to leave."""

    session: Session
    runner: asyncio.Runner
    table: Table
    words: WordCommands
    caller: Caller

    def hold(self) -> None:
        """Read line after line."""
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  # gives `input` a history, and a backspace that knows how wide Hangul is
        quit_name = f"{self.caller.prefix}{self.caller.texts('console.quit_name')}"
        self.table.say("console.welcome", help=self.caller.name("help"), quit=quit_name)
        self.table.header()
        for line in _typed_lines():
            command = read_command(line, self.caller.prefix or "")
            if command is not None and command.name == QUIT:
                return
            if command is not None:
                self.table.write(self._answer(command))
            elif is_judgeable(line):  # as on Discord, an unknown command is talk
                self.runner.run(self.session.judge([line]))
            else:
                self.table.say("check.empty")

    def _answer(self, command: Command) -> list[str]:
        texts = self.caller.texts
        match command.name:
            case "check":
                return self._check(command.text)
            case "stats":
                return self._stats(command.text)
            case "help":
                return help_lines(command.text, self.caller)
            case "threshold show":
                return [self.session.threshold(texts)]
            case "model show":
                return [texts("model.configured", name=self.session.jigi.models.configured.version)]
            case name if name in WORDS:
                return self.words.ask(WORDS[name], command.text)
            case _:
                written = f"{self.caller.prefix}{command.written}"
                return [texts("console.elsewhere", command=written, help=self.caller.name("help"))]

    def _stats(self, text: str) -> list[str]:
        n_days = int(text) if text.isdecimal() and len(text) <= len(str(LONGEST)) else 0 if text else _STATS_DAYS
        if not 1 <= n_days <= LONGEST:
            return [self.caller.texts("error.usage", example=self.caller.example("stats"))]
        return self.runner.run(self.session.statistics(n_days, self.caller.texts))

    def _check(self, text: str) -> list[str]:
        if not text:
            return [self.caller.texts("check.usage", example=self.caller.example("check"))]
        if not is_judgeable(text):
            return [self.caller.texts("check.empty")]
        serving = self.runner.run(self.session.jigi.models.for_guild(None))
        return self.table.checked(serving.check(text), text)


def _typed_lines() -> Iterator[str]:
    with contextlib.suppress(EOFError):
        while True:
            yield input("› ")


def _open(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb", buffering=0)
    except OSError as error:
        raise _UnreadableFile(error.strerror) from error


def _chunks(stream: BinaryIO) -> Iterator[list[str]]:
    """Read lines, as many at a time as are there. A file is looked at first: what is no text is not judged."""
    reader = LineReader(encoding_of(stream) if stream.seekable() else None)
    while chunk := os.read(stream.fileno(), _CHUNK):
        yield reader.feed(chunk)
    yield reader.end()


def _refuse(sentence: str) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return 1
