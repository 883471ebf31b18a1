"""An outage is one line in the log, not a thousand."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest

from bot.config import Config, LogFormat
from bot.logs import JsonLines, OncePerWhile
from tests.support.processes import process
from tests.support.shop import BAD, open_shop


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


def test_as_json_a_record_is_one_line_with_the_ids_that_it_speaks_of() -> None:
    told = record('Message %d failed\nin "two" lines', 5, error=ValueError("no"))
    told.message_id, told.guild_id, told.content = 5, 7, BAD
    line = JsonLines().format(told)
    assert "\n" not in line
    read = json.loads(line)
    assert read.pop("traceback").endswith("ValueError: no")
    assert read.pop("time").endswith("+00:00")
    assert read == {
        "level": "ERROR", "logger": "discord.client", "message": 'Message 5 failed\nin "two" lines', "message_id": 5,
        "guild_id": 7,
    }  # fmt: skip


async def test_a_bot_writes_json_with_ids_and_never_a_text(tmp_path: Path, tiny_model: Path) -> None:
    async with open_shop(tmp_path, tiny_model) as shop:
        shop.server.faults.add("PUT", r".*/reactions/", status=403, code=90001, message="Reaction blocked")
        async with process(shop, {"LOG_FORMAT": "json"}) as child:
            await shop.server.wait_for(lambda: shop.server.gateway.is_connected, timeout=30)
            await shop.customer.send(shop.reviews, BAD)
            await shop.alert()
            child.terminate()
            _, err = await child.communicate()
    lines = [json.loads(line) for line in err.decode().splitlines()]
    assert {"INFO", "WARNING"} <= {line["level"] for line in lines}
    assert [line["channel_id"] for line in lines if "channel_id" in line] == [shop.reviews.id]
    assert BAD not in err.decode()
    assert json.dumps(BAD)[1:-1] not in err.decode()


@pytest.mark.parametrize(("value", "chosen"), [("json", LogFormat.JSON), ("TEXT", LogFormat.TEXT)])
def test_the_format_is_chosen_by_a_variable(value: str, chosen: LogFormat) -> None:
    assert Config.from_environ({"LOG_FORMAT": value}).log_format is chosen
