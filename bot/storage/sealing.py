"""The keys of a database: known before it is used, and brought to all that was written before.

`bot.storage.schema.sealed` seals and opens. Which keys rows may be sealed with is noted in the table `settings` before
the first of them is written: a key that is missing is seen at the start, and without keys there is nothing to look for.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, Text, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.messages import UNREADABLE
from bot.storage.connection.engine import DatabaseError
from bot.storage.connection.transactions import CHUNK, Store, Transactions, uninterrupted
from bot.storage.connection.upsert import insert_into
from bot.storage.schema import metadata, settings
from bot.storage.schema.sealed import Keyring, fingerprint_of, is_sealed, opened, prefix, raw, sealed_columns

DIGEST_KEY = "content_digest_key"
_SEALED_WITH = "text_keys"  # the prefixes of the keys, the newest last


class Sealing(Store):
    """Seals what was written before there was a key, or with an older one; or opens all for good."""

    def __init__(self, transactions: Transactions, keyring: Keyring | None) -> None:
        super().__init__(transactions)
        self._keyring = keyring

    async def seal_all(self, pause: float = 0.0) -> int:
        """Seal with the first key what is not; return how many texts that were.

        Done in many short transactions, with a pause in seconds between, in which others come. Wherever it ends, the
        next time goes on.
        """
        return await self._rewrite_all(self._keyring, pause) if self._keyring else 0

    async def open_all(self) -> int:
        """Store as it is what is sealed; return how many texts that were. Nobody may be sealing meanwhile."""
        n_opened = await self._rewrite_all(None)
        await self._open_digest_key()
        return n_opened

    @uninterrupted
    async def n_lost(self) -> int:
        """Count the texts that cannot be opened, for want of their key."""
        async with self._reading() as connection:
            lost = _missing(await _noted(connection), self._keyring)
            return sum([await _n_sealed_with(connection, column, lost) for column in sealed_columns(metadata)])

    async def _rewrite_all(self, keyring: Keyring | None, pause: float = 0.0) -> int:
        n_rewritten = 0
        for column in sealed_columns(metadata):
            after: int | None = 0
            while after is not None:
                n, after = await self._rewrite_some(column, after, keyring)
                n_rewritten += n
                if after is not None:
                    await asyncio.sleep(pause)
        return n_rewritten

    @uninterrupted
    async def _rewrite_some(self, column: Column[str], after: int, keyring: Keyring | None) -> tuple[int, int | None]:
        """Rewrite a chunk of the rows behind an id; return how many, and where the next chunk begins, if there is one.

        A row that changes or goes meanwhile is left alone, and one whose key is not there stays as it is.
        """
        (row_id,) = column.table.primary_key.columns
        async with self._writing() as connection:
            is_due = _is_due(column, await _noted(connection), keyring)
            query = select(row_id, raw(column)).where(column.is_not(None), is_due, row_id > after).order_by(row_id)
            found = (await connection.execute(query.limit(CHUNK))).all()
            texts = ((number, stored, opened(stored, self._keyring)) for number, stored in found)
            rewritten = [
                {"row": number, "old": stored, "new": keyring.seal(text) if keyring else text}
                for number, stored, text in texts
                if text != UNREADABLE or stored == UNREADABLE
            ]
            if rewritten:
                is_it = row_id == bindparam("row"), raw(column) == bindparam("old", type_=Text)
                new = {column.name: bindparam("new", type_=Text)}  # as it is to be stored, past the column's type
                await connection.execute(update(column.table).where(*is_it).values(new), rewritten)
        if rewritten:
            self._transactions.scrub()
        return len(rewritten), found[-1][0] if len(found) == CHUNK else None

    @uninterrupted
    async def _open_digest_key(self) -> None:
        async with self._writing() as connection:
            stored = await _setting(connection, DIGEST_KEY)
            if stored is not None and (key := opened(stored, self._keyring)) != UNREADABLE:
                await _set(connection, DIGEST_KEY, key)
        self._transactions.scrub()


async def unlock(connection: AsyncConnection, keyring: Keyring | None, *, may_miss_keys: bool) -> bytes:
    """Make sure that a database's texts can be read, and note which key seals; return the key of its content digests.

    That is made at random when the database is first opened, and sealed like a text: who has the file without the key
    cannot find a guess confirmed by a digest. Lost with its key it is made anew, and no digest of before is known.

    Raises:
        DatabaseError: Texts are sealed with a key that is not there. Nothing was changed.
    """
    noted, stored = await _noted(connection), await _setting(connection, DIGEST_KEY)
    lost = [each for each in _missing(noted, keyring) if await _is_in_use(connection, each, stored)]
    if lost and not may_miss_keys:
        raise DatabaseError("sealed", keys=", ".join(map(fingerprint_of, lost)))
    older = keyring.prefixes[1:] if keyring else ()
    first = keyring.prefixes[:1] if keyring else ()
    now = [*(each for each in noted if each in lost or each in older), *first]
    if now != noted:
        await _set(connection, _SEALED_WITH, " ".join(now))
    known = UNREADABLE if stored is None else opened(stored, keyring)
    key = secrets.token_hex(32) if known == UNREADABLE else known
    if stored is None or is_sealed(stored) != bool(first) or not stored.startswith(first or ("",)):
        await _set(connection, DIGEST_KEY, keyring.seal(key) if keyring else key)
    return bytes.fromhex(key)


def _is_due(column: Column[str], noted: Sequence[str], keyring: Keyring | None) -> ColumnElement[bool]:
    """Tell whether a text is not stored as it shall be: sealed with the first key, or as it is."""
    return prefix(column) != keyring.prefixes[0] if keyring else prefix(column).in_(noted)


def _missing(noted: Sequence[str], keyring: Keyring | None) -> list[str]:
    return [each for each in noted if keyring is None or each not in keyring.prefixes]


async def _is_in_use(connection: AsyncConnection, lost: str, digest_key: str | None) -> bool:
    """Tell whether anything is sealed with a key."""
    if digest_key is not None and digest_key.startswith(lost):
        return True
    for column in sealed_columns(metadata):
        if await connection.scalar(select(1).where(prefix(column) == lost).limit(1)):
            return True
    return False


async def _n_sealed_with(connection: AsyncConnection, column: Column[str], prefixes: Sequence[str]) -> int:
    return await connection.scalar(select(func.count()).where(prefix(column).in_(prefixes))) or 0


async def _noted(connection: AsyncConnection) -> list[str]:
    """Return the prefixes of all keys that a text may be sealed with."""
    return (await _setting(connection, _SEALED_WITH) or "").split()


async def _setting(connection: AsyncConnection, name: str) -> str | None:
    return await connection.scalar(select(settings.c.value).where(settings.c.key == name))


async def _set(connection: AsyncConnection, name: str, value: str) -> None:
    new = insert_into(connection, settings).values(key=name, value=value)
    await connection.execute(new.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
