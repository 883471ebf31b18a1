"""The report counts what is kept, and shows none of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.cases import ActKind
from bot.domain.members.privacy import Holdings, PrivacyReport, Seals
from bot.localisation.texts import Texts
from bot.storage.connection.engine import DatabaseError
from bot.storage.privacy import report
from bot.wording.privacy import privacy_lines
from model.examples import ExampleLabel
from tests.migrations.test_migrations import migrate_to
from tests.support.keys import FIRST, SECOND, THIRD
from tests.support.records import GUILD, MODERATOR, flag, make_older, say, teach
from tests.support.store import BAD, message, open_store, rows, url, verdict

OTHER_GUILD = 5


def guild(found: PrivacyReport, guild_id: int | None) -> Holdings:
    return next(each for each in found.guilds if each.guild_id == guild_id)


def seals(found: PrivacyReport, column: str) -> Seals:
    return next(each for each in found.seals if each.column == column)


async def test_of_each_guild_it_counts_its_own(path: Path) -> None:
    async with open_store(path) as database:
        for number in (1, 2):
            await flag(database, number, f"{BAD} {number}")
        await flag(database, 3, guild_id=OTHER_GUILD)
        await say(database, 2, True, MODERATOR, may_learn=True)
        await database.cases.note(GUILD, 1, ActKind.NOTE, MODERATOR, "메모예요")
        await teach(database, ("가르친 글", ExampleLabel.NEUTRAL))
        await database.verdicts.record([verdict(9, BAD, guild_id=None)])
        await database.guilds.change(OTHER_GUILD, MODERATOR, retention_days=7)
    before = datetime.now(UTC)
    found = await report(url(path), [], 30)
    own = guild(found, GUILD)
    assert own.oldest is not None
    assert own.oldest <= before
    assert replace(own, oldest=None, newest=None) == Holdings(
        GUILD, 30, n_texts=1, n_writers=1, n_known=1, n_examples=2, n_examples_of_messages=1, n_notes=1
    )
    other = guild(found, OTHER_GUILD)
    assert (other.n_texts, other.n_notes, other.retention_days, other.has_own_retention) == (1, 0, 7, True)
    assert guild(found, None).n_texts == 1


async def test_people_are_counted_once(path: Path) -> None:
    async with open_store(path) as database:
        for number, author in ((1, 50), (2, 50), (3, 51)):
            judged = verdict(number, BAD)
            its = message(number, BAD)
            own = type(its)(number, its.channel_id, its.guild_id, author, BAD, 0)
            await database.verdicts.record([replace(judged, message=own)])
    found = guild(await report(url(path), [], 30), GUILD)
    assert (found.n_texts, found.n_writers, found.n_known) == (3, 2, 2)


async def test_what_is_past_its_time_is_told(path: Path) -> None:
    async with open_store(path) as database:
        await flag(database, 1)
        await flag(database, 2, guild_id=OTHER_GUILD)
        await database.guilds.change(OTHER_GUILD, MODERATOR, retention_days=60)
    make_older(path, 30)
    assert (await report(url(path), [], 30)).n_overdue == 0  # they are erased within a day
    make_older(path, 2)
    found = await report(url(path), [], 30)
    assert (guild(found, GUILD).n_overdue, guild(found, OTHER_GUILD).n_overdue) == (1, 0)
    async with open_store(path) as database:
        await database.verdicts.erase_older_than(30, {OTHER_GUILD: 60})
    assert (await report(url(path), [], 30)).n_overdue == 0


async def test_it_says_with_which_key_texts_are_sealed(path: Path) -> None:
    for number, keys in enumerate(([], [FIRST], [SECOND, FIRST], [THIRD, SECOND, FIRST]), 1):
        async with open_store(path, text_keys=keys) as database:
            await flag(database, number)
    texts = seals(await report(url(path), [THIRD, SECOND], 30), "verdicts.text")
    assert texts == Seals("verdicts.text", n_first=1, n_older=1, n_lost=1, n_plain=1)
    found = await report(url(path), [], 30)
    assert seals(found, "verdicts.text") == Seals("verdicts.text", n_lost=3, n_plain=1)
    assert (len(found.keys), len(found.lost_keys)) == (0, 3)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_it_shows_neither_texts_nor_people(path: Path, language: str) -> None:
    async with open_store(path) as database:
        await database.verdicts.record([verdict(1, BAD)])
        await database.cases.note(GUILD, 1, ActKind.NOTE, 123456789, "메모예요")
        await teach(database, ("가르친 글", ExampleLabel.NEUTRAL))
    found = await report(url(path), [FIRST], 30)
    shown = "\n".join(privacy_lines(found, Texts.load(language)))
    for written in (shown, json.dumps(found.as_json(), ensure_ascii=False)):
        assert not any(each in written for each in (BAD, "메모예요", "가르친 글", "123456789", "99", FIRST))
    left = replace(found, guilds=[replace(found.guilds[0], left_at=datetime(2026, 11, 20, tzinfo=UTC))])
    assert "2026-11-20" in "\n".join(privacy_lines(left, Texts.load(language))).splitlines()[2]


@pytest.mark.sqlite
async def test_it_changes_nothing(path: Path) -> None:
    async with open_store(path) as database:
        await flag(database)
    before = path.read_bytes()
    await report(url(path), [FIRST], 30)
    assert path.read_bytes() == before


async def test_it_reads_beside_a_bot_that_writes(path: Path) -> None:
    async with open_store(path) as database:
        await flag(database, 1)
        assert guild(await report(url(path), [], 30), GUILD).n_texts == 1
        await flag(database, 2)
        assert guild(await report(url(path), [], 30), GUILD).n_texts == 2


async def test_an_empty_database_keeps_nothing(path: Path) -> None:
    async with open_store(path):
        pass
    found = await report(url(path), [], 30)
    assert found.guilds == []
    assert all(each.n == 0 for each in found.seals)
    assert list(privacy_lines(found, Texts.load("ko")))


@pytest.mark.sqlite
async def test_what_is_no_database_of_this_version_is_told(path: Path) -> None:
    for problem in ("not_there", "not_ours", "older"):
        if problem == "not_ours":
            path.touch()
        elif problem == "older":
            migrate_to(path, "0004")
        with pytest.raises(DatabaseError) as error:
            await report(url(path), [], 30)
        assert error.value.problem == problem
        assert path.exists() is (problem != "not_there")
    assert rows(path, "SELECT version_num FROM alembic_version") == [("0004",)]
