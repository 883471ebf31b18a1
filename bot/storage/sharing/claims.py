"""Who works off which route of the outbox. Each is worked on by one process at a time, so nothing is done twice.

A claim is renewed while its process works. One that is not renewed has ended with its time, and those of a process of
this machine that has died are taken away at once by the next that starts here.

What writes takes turns (`bot.storage.connection`), so no two can take one route in the same moment.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import secrets
from pathlib import Path

from sqlalchemy import ColumnElement, Table, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import Route
from bot.storage.connection.clock import now
from bot.storage.connection.transactions import Store, Transactions, uninterrupted
from bot.storage.connection.upsert import insert_into
from bot.storage.schema import actions, claims

_living: set[str] = set()  # who of this process has claims


class Claims(Store):
    """The claims of one who works off the outbox, `owner`."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self.owner = f"{_machine()}/{os.getpid()}/{secrets.token_hex(4)}"
        _living.add(self.owner)

    @uninterrupted
    async def take(self, route: Route, seconds: float) -> bool:
        """Claim a route for so long; return False if somebody else has."""
        async with self._writing() as connection:
            is_over = claims.c.claimed_until <= now(connection)
            await connection.execute(delete(claims).where(is_over, claims.c.claimed_by != self.owner))
            until = {"claimed_by": self.owner, "claimed_until": now(connection, seconds)}
            new = insert_into(connection, claims).values(lane=route.lane, place=route.place, **until)
            mine = new.on_conflict_do_update(
                index_elements=["lane", "place"], set_=until, where=claims.c.claimed_by == self.owner
            )
            return (await connection.execute(mine)).rowcount == 1

    @uninterrupted
    async def renew(self, seconds: float) -> None:
        """Have all claims last for so long from now on."""
        async with self._writing() as connection:
            until = {"claimed_until": now(connection, seconds)}
            await connection.execute(update(claims).where(claims.c.claimed_by == self.owner).values(until))

    @uninterrupted
    async def release(self, route: Route) -> None:
        """Give up a claim: there is nothing left to do."""
        its = claims.c.lane == route.lane, claims.c.place == route.place
        async with self._writing() as connection:
            await connection.execute(delete(claims).where(*its, claims.c.claimed_by == self.owner))

    @uninterrupted
    async def release_all(self) -> None:
        """Give up every claim."""
        async with self._writing() as connection:
            await connection.execute(delete(claims).where(claims.c.claimed_by == self.owner))

    def forget(self) -> None:
        """Have what was not released be that of one who has died."""
        _living.discard(self.owner)


async def bury(connection: AsyncConnection) -> None:
    """Take away the claims of processes of this machine that have died."""
    owners = (await connection.scalars(select(claims.c.claimed_by).distinct())).all()
    if dead := [owner for owner in owners if _is_dead(owner)]:
        await connection.execute(delete(claims).where(claims.c.claimed_by.in_(dead)))


def of_others(connection: AsyncConnection, owner: str, table: Table = actions) -> ColumnElement[bool]:
    """Tell whether somebody else works off the route of an action."""
    its = claims.c.lane == table.c.lane, claims.c.place == table.c.place
    return exists().where(*its, claims.c.claimed_by != owner, claims.c.claimed_until > now(connection))


def _machine() -> str:
    """Return what tells this machine from others, and this container from others on it."""
    parts = [platform.node()]
    with contextlib.suppress(OSError):  # not Linux: then its name has to do
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text(), str(Path("/proc/self/ns/pid").readlink())]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=8).hexdigest()


def _is_dead(owner: str) -> bool:
    machine, _, rest = owner.partition("/")
    pid = rest.partition("/")[0]
    if machine != _machine() or not pid.isdecimal():
        return False
    return owner not in _living if int(pid) == os.getpid() else not _is_running(int(pid))


def _is_running(pid: int) -> bool:
    if os.name != "posix":  # to ask would end it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
