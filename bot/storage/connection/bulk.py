"""Insert many rows past what SQLAlchemy does for each of them: in a raid that is most of what storing costs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connection.transactions import chunks

Row = tuple[object, ...]


def bound(of: ColumnElement[Any], value: object, dialect: Dialect) -> object:
    """Return a value of a column as the driver takes it."""
    process = of.type.dialect_impl(dialect).bind_processor(dialect)
    return process(value) if process else value


async def insert_rows(connection: AsyncConnection, into: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows, each with the values of the columns `names` as the driver takes them.

    Many rows go in one statement. SQLite's driver gives Python away and waits to have it back with each one, and while
    the gateway is busy that takes a thousand times as long as storing a row; to PostgreSQL each one is a way there and
    back.
    """
    insert = _insert_tuples if connection.dialect.name == "sqlite" else _insert_columns
    if rows:
        await insert(connection, into, names, rows)


async def _insert_tuples(connection: AsyncConnection, into: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
    of_row = "({})".format(", ".join("?" * len(names)))
    for chunk in chunks(rows):
        text = f"{_insert_into(connection, into, names)} VALUES {', '.join([of_row] * len(chunk))}"
        await connection.exec_driver_sql(text, tuple(itertools.chain.from_iterable(chunk)))


async def _insert_columns(connection: AsyncConnection, into: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows as one array of each column: one statement for however many."""
    types = (into.c[name].type.compile(connection.dialect) for name in names)
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, 1))
    text = f"{_insert_into(connection, into, names)} SELECT * FROM unnest({arrays})"
    await connection.exec_driver_sql(text, tuple(map(list, zip(*rows, strict=True))))


def _insert_into(connection: AsyncConnection, into: Table, names: Sequence[str]) -> str:
    quote = connection.dialect.identifier_preparer.quote
    return f"INSERT INTO {quote(into.name)} ({', '.join(map(quote, names))})"
