"""The open database, and the stores that work with it.

Each method of a store is one transaction: what it does is done whole or not at all, also when the process dies in it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

from bot.storage.cases.automatic import AutomaticActs
from bot.storage.cases.store import Cases
from bot.storage.connection.engine import open_engines
from bot.storage.connection.transactions import Transactions
from bot.storage.cursors import Cursors
from bot.storage.decisions import Decisions
from bot.storage.digests import Digests
from bot.storage.guilds import Guilds
from bot.storage.history.exports import Exports
from bot.storage.history.scans import Scans
from bot.storage.learning.examples import Examples
from bot.storage.learning.trainings import Trainings
from bot.storage.learning.versions import Versions
from bot.storage.members.appeals import Appeals
from bot.storage.members.privacy import Privacy
from bot.storage.outbox import Outbox
from bot.storage.schema.sealed import Keyring, use_keys
from bot.storage.sealing import Sealing, unlock
from bot.storage.sharing.claims import Claims, bury
from bot.storage.sharing.shards import Shards
from bot.storage.statistics import StatisticsOfGuilds
from bot.storage.stays.purging import Purging
from bot.storage.stays.store import Stays
from bot.storage.stays.troubles import LogTroubles
from bot.storage.upkeep.moving import refuse_unfinished
from bot.storage.verdicts import Verdicts


class Database:
    """The open database. Close it: an open connection keeps the process alive."""

    def __init__(self, transactions: Transactions, digest_key: bytes, keyring: Keyring | None) -> None:
        self._transactions = transactions
        self.actions_planned = asyncio.Event()  # set whenever there is, or may be, something due in the outbox
        self.actions_planned.set()  # an earlier run may have left something
        transactions.on_doubt = self.actions_planned.set
        self.digest = digest = partial(_digest, key=digest_key)  # 16 bytes of a text, that nobody else can make
        self.verdicts = Verdicts(self._transactions, digest, self.actions_planned)
        self.cursors = Cursors(self._transactions)
        self.claims = Claims(self._transactions)
        self.outbox = Outbox(self._transactions, self.claims.owner)
        self.examples = Examples(self._transactions, digest)
        self.decisions = Decisions(self._transactions, self.examples, self.actions_planned)
        self.cases = Cases(self._transactions, self.actions_planned)
        self.privacy = Privacy(self._transactions, self.actions_planned)
        self.appeals = Appeals(self._transactions, self.actions_planned)
        self.automatic = AutomaticActs(self._transactions, self.actions_planned)
        self.guilds = Guilds(self._transactions)
        self.chosen: set[int] = set()  # guilds for which a version was chosen: who has their settings reads them anew
        self.versions = Versions(self._transactions, self.chosen)
        self.trainings = Trainings(self._transactions)
        self.sealing = Sealing(self._transactions, keyring)
        self.digests = Digests(self._transactions)
        self.statistics = StatisticsOfGuilds(self._transactions)
        self.shards = Shards(self._transactions)
        self.stays = Stays(self._transactions)
        self.log_troubles = LogTroubles(self._transactions)
        self.purging = Purging(self._transactions)
        self.scans = Scans(self._transactions)
        self.exports = Exports(self._transactions)

    @classmethod
    async def open(cls, url: str, text_keys: Sequence[str] = (), *, may_miss_keys: bool = False) -> Database:
        """Open a database, created or brought to the newest schema first.

        What people wrote is sealed with the first of the keys, and stored as it is without any. `may_miss_keys`: texts
        whose key is not there are read as `UNREADABLE`.

        Raises:
            DatabaseError: It cannot be opened or written, or a key is missing; the message says what to do.
        """
        keyring = Keyring(text_keys) if text_keys else None
        engines = await open_engines(url)
        for engine in engines:
            use_keys(engine.dialect, keyring)
        transactions = Transactions(*engines)
        async with AsyncExitStack() as undo:
            undo.push_async_callback(transactions.close)
            async with transactions.writing() as connection:
                await refuse_unfinished(connection)
                await bury(connection)
                digest_key = await unlock(connection, keyring, may_miss_keys=may_miss_keys)
            if keyring:
                transactions.scrub()  # the digests' key has lain open
            undo.pop_all()
        return cls(transactions, digest_key, keyring)

    async def close(self) -> None:
        """Finish what was begun, and close every connection."""
        await self._transactions.close()
        self.claims.forget()


def _digest(content: str, key: bytes) -> bytes:
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16, key=key).digest()
