"""Insert many rows past what SQLAlchemy does for each of them: in a raid that is most of what storing costs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Dialect, Table, column, insert, table
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connection.transactions import chunks

Row = tuple[object, ...]


def bound(of: Column[Any], value: object, dialect: Dialect) -> object:
    """Return a value of a column as the driver takes it."""
    process = of.type.dialect_impl(dialect).bind_processor(dialect)
    return process(value) if process else value


async def insert_rows(connection: AsyncConnection, into: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows, each with the values of the columns `names` as the driver takes them.

    To SQLite go many rows in one statement: its driver gives Python away and waits to have it back with each one, and
    while the gateway is busy that takes a thousand times as long as storing a row.
    """
    columns = [column(name, into.c[name].type) for name in names]
    statement = insert(table(into.name, *columns)).compile(dialect=connection.dialect, column_keys=list(names))
    for chunk in chunks(rows):
        if statement.dialect.paramstyle == "qmark":
            values = ", ".join(["({})".format(", ".join("?" * len(names)))] * len(chunk))
            text = f"INSERT INTO {into.name} ({', '.join(names)}) VALUES {values}"
            await connection.exec_driver_sql(text, tuple(itertools.chain.from_iterable(chunk)))
        else:
            await connection.exec_driver_sql(str(statement), chunk)
