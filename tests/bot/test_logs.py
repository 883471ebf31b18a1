"""An outage is one line in the log, not a thousand."""

from __future__ import annotations

import logging
import sys

from bot.logs import OncePerWhile


def record(message: str, *args: object, error: Exception | None = None) -> logging.LogRecord:
    exc_info = None
    if error is not None:
        try:
            raise error
        except type(error):
            exc_info = sys.exc_info()
    return logging.LogRecord("discord.client", logging.ERROR, "client.py", 1, message, args, exc_info)


def test_a_warning_is_told_once_in_a_while_whatever_its_pause() -> None:
    once = OncePerWhile()
    told = [once.filter(record("Attempting a reconnect in %.2fs, and other words", pause)) for pause in (1.5, 3.2)]
    assert told == [True, False]
    assert once.filter(record("Shard ID %s has stopped responding", 0))


def test_after_a_while_it_is_told_again() -> None:
    once = OncePerWhile(again_after=0.0)
    assert [once.filter(record("Attempting a reconnect")) for _ in range(2)] == [True, True]


def test_a_traceback_becomes_the_end_of_its_line() -> None:
    told = record("Attempting a reconnect in %.2fs", 2.0, error=ConnectionError("refused"))
    assert OncePerWhile().filter(told)
    assert logging.Formatter().format(told) == "Attempting a reconnect in 2.00s (ConnectionError: refused)"
