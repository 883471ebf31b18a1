"""Jigi in the terminal: lines are messages, judged by the same pipeline, classifier and store as on Discord.

    python -m bot console [FILE] [--json] [--language ko|en]

Reads a file, a pipe, or what somebody types. Here verdicts are printed, and nothing else is done about them.
`bot.console.output` writes what people read.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from bot.config import Config, ConfigError
from bot.console.output import JsonLines, Screen, Table
from bot.console.session import Session, open_session
from bot.console.words import COMMANDS as WORD_COMMANDS
from bot.console.words import WordCommands
from bot.domain.messages import is_judgeable
from bot.localisation.commands import Caller
from bot.localisation.texts import Language, Texts
from bot.storage.connection.engine import DatabaseError
from model.errors import JigiModelError, NotTextError
from model.output import write_anything
from model.textfiles.decoding import LineReader, encoding_of

_CHUNK = 65_536  # bytes read at a time; a pipe gives what it has
_COMMANDS = {
    Texts.load("ko")("command.check_name"): "check",
    Texts.load("ko")("command.help_name"): "help",
    Texts.load("ko")("console.quit_name"): "quit",
}
_INTERRUPTED = 130  # the exit code that shells expect after Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the console and return the exit code."""
    write_anything()
    options = _parse(arguments)
    try:
        config = Config.from_environ()
    except ConfigError as error:
        return _refuse(str(error))
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
            _converse(session, runner, table, words, texts, config.command_prefix)
        else:
            writer.header()
            for lines in _chunks(stream):
                runner.run(session.judge(lines))
                sys.stdout.flush()


def _converse(
    session: Session, runner: asyncio.Runner, table: Table, words: WordCommands, texts: Texts, prefix: str
) -> None:
    """Judge what is typed, and obey its commands, until somebody wants to leave."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  # gives `input` a history, and a backspace that knows how wide Hangul is
    table.say("console.welcome", prefix=prefix)
    for line in _typed_lines():
        command, _, text = line.strip().partition(" ")
        name = command.removeprefix(prefix) if command.startswith(prefix) else ""
        match _COMMANDS.get(name, name):
            case "quit":
                return
            case "help":
                table.say("console.help", prefix=prefix)
            case "check" if is_judgeable(text):
                serving = runner.run(session.jigi.models.for_guild(None))
                table.check(serving.check(text), text)
            case "check":
                table.say("check.usage", example=Caller(texts, prefix).example("check"))
            case name if name in WORD_COMMANDS:
                table.write(words.ask(WORD_COMMANDS[name], text))
            case _ if is_judgeable(line):  # as on Discord, an unknown command is talk
                runner.run(session.judge([line]))
            case _:
                table.say("check.empty")


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
