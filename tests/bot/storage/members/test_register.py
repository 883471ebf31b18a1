"""No column with words or ids of people is forgotten: what says nothing of itself is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, ForeignKey, MetaData, String, Table, Text

from bot.storage.members import register
from bot.storage.schema import cases, metadata
from bot.storage.schema.columns import JSON_OR_NULL, ROW_ID
from bot.storage.schema.columns import metadata as of_schema
from bot.storage.schema.personal import Holds, holds


def table(*columns: Column[Any]) -> Iterator[Table]:
    """Return a table that is not one of the schema's."""
    yield Table("extra", MetaData(), Column("id", ROW_ID, primary_key=True), *columns)


def test_every_column_that_could_hold_words_or_ids_says_what_it_holds() -> None:
    assert metadata is of_schema
    assert register.unregistered() == []


def test_of_all_that_is_a_members_it_is_known_whose_it_is() -> None:
    assert register.unreachable() == []


@pytest.mark.parametrize(
    "column",
    [
        Column("text", Text),
        Column("title", String(200)),
        Column("author_id", BigInteger),
        Column("by", BigInteger),
        Column("people", JSON_OR_NULL),
    ],
    ids=lambda column: column.name,
)
def test_a_new_column_that_says_nothing_is_named(column: Column[object]) -> None:
    assert register.unregistered(table(column)) == [f"extra.{column.name}"]


@pytest.mark.parametrize(
    "column",
    [
        Column("state", String(20)),
        Column("message_id", BigInteger),
        Column("case_id", ROW_ID, ForeignKey(cases.c.id)),
        Column("text", Text, info=holds(Holds.WORDS)),
    ],
    ids=lambda column: column.name,
)
def test_what_holds_nobody_or_says_what_it_holds_is_not(column: Column[object]) -> None:
    assert register.unregistered(table(column)) == []


def test_words_of_nobody_knows_whom_are_named() -> None:
    assert register.unreachable(table(Column("text", Text, info=holds(Holds.WORDS)))) == ["extra"]
    columns = Column("text", Text, info=holds(Holds.WORDS)), Column("author", BigInteger, info=holds(Holds.MEMBER))
    assert register.unreachable(table(*columns)) == []


def test_what_is_held_of_members_is_what_the_papers_say() -> None:
    theirs = {
        f"{column.table.name}.{column.name}: {column.info['holds']}"
        for each in register.personal_tables()
        for column in register.columns_of(each, Holds.MEMBER, Holds.WORDS, Holds.ABOUT)
    }
    assert theirs == {
        "verdicts.author_id: member", "verdicts.text: words", "cases.author_id: member", "case_acts.reason: about",
        "appeals.author_id: member", "appeals.words: words", "examples.text: words",
    }  # fmt: skip
