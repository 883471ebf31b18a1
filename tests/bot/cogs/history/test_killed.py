"""A look through old messages outlives its process, whenever that is killed."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.cogs.history.office import TO_DRAW, Office, open_office, table_in
from tests.discord_server import Flood
from tests.support.processes import process
from tests.support.shop import BAD, GOOD

N_MESSAGES = 200  # four pages, a second between them


@pytest.fixture
async def office(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, tiny_model) as office:
        yield office


def count(office: Office, table: str) -> int:
    """Count the rows of a table, also before there is a database."""
    try:
        return office.n_rows(table)[table] if office.shop.database_path.exists() else 0
    except sqlite3.OperationalError:  # it is being made
        return 0


async def test_killed_twice_it_has_read_each_message_once_and_speaks_in_one_message(office: Office) -> None:
    server = office.shop.server
    await Flood(office.shop.customer, [office.talk], [GOOD, BAD] * (N_MESSAGES // 2)).send()
    async with process(office.shop, {}) as child:
        await server.wait_for(lambda: count(office, "channels"), timeout=TO_DRAW, what="the bot, which reads by now")
        message = await office.ask(f"!scan <#{office.talk.id}>")
        await server.wait_for(lambda: count(office, "scanned_messages") >= 50, timeout=TO_DRAW)
        child.kill()
        await child.wait()
    assert count(office, "scanned_messages") < N_MESSAGES
    async with process(office.shop, {}) as child:
        await server.wait_for(lambda: count(office, "scanned_messages") >= 150, timeout=TO_DRAW)
        child.kill()
        await child.wait()
    assert message.embeds == []
    async with process(office.shop, {}):
        await office.reported(message)
    ids = [int(row["message_id"]) for row in table_in(message, "jigi-scan.csv")]
    assert ids == [each.id for each in office.talk.history]
    assert [each for each in office.desk.history if each.author is server.bot_user] == [message]
    assert office.n_rows("actions", "cases", "verdicts") == {"actions": 0, "cases": 0, "verdicts": 0}
