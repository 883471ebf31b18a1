"""Take the texts and authors of messages away again: with the message, with its channel or guild, with time."""

from __future__ import annotations

import asyncio
import itertools
import operator
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import CloseReason
from bot.domain.messages import IncomingMessage
from bot.storage.cases.automatic import held_messages
from bot.storage.cases.lifecycle import end_cases, expire_cases, forget_guild
from bot.storage.cases.voices import appealed_of
from bot.storage.connection.transactions import CHUNK, Store, Transactions, Whose, chunks, uninterrupted
from bot.storage.learning.examples import delete_examples_of_messages, delete_old_examples_of_messages
from bot.storage.planning import close_older_than, plan_redraw, take_back
from bot.storage.schema import NO_DIGEST, verdicts


class Erasing(Store):
    """The half of `bot.storage.verdicts.Verdicts` that takes away.

    A deletion can overtake its message, which then waits to be judged: it must not be stored any more. Discord never
    speaks of a deleted message again, so the newest `n_erased_kept` ids, in this process, are enough.
    """

    def __init__(self, transactions: Transactions, actions_planned: asyncio.Event, n_erased_kept: int = 10_000) -> None:
        super().__init__(transactions)
        self._actions_planned = actions_planned
        self._n_erased_kept = n_erased_kept
        self._erased_messages: dict[int, None] = {}
        self._erased_channels: dict[int, None] = {}  # apart: a post's first message has the id of its thread

    def is_erased(self, message: IncomingMessage) -> bool:
        """Tell whether a message, or its channel, was erased lately: it need not be judged."""
        return message.message_id in self._erased_messages or message.channel_id in self._erased_channels

    @uninterrupted
    async def erase(self, message_ids: Iterable[int]) -> None:
        """Erase text and author of deleted messages, close their alerts, and store nothing of them any more.

        What was learned of them as an example goes, too. What Jigi has deleted by itself is kept until a moderator has
        judged it, or its time is over.
        """
        ids = list(message_ids)
        self._remember(self._erased_messages, ids)
        for chunk in chunks(ids):
            async with self._writing() as connection:
                held = await held_messages(connection, chunk)
                await _erase(connection, [each for each in chunk if each not in held], CloseReason.DELETED)
        self._transactions.scrub()
        self._actions_planned.set()

    async def erase_channels(self, channel_ids: Iterable[int]) -> None:
        """Erase text and author of all messages of deleted channels and threads, and store none of them any more."""
        ids = list(channel_ids)
        self._remember(self._erased_channels, ids)
        await self._erase_where(verdicts.c.channel_id.in_(ids))

    async def erase_guild(self, guild_id: int) -> None:
        """Erase text and author of all messages of a guild that the bot has left. It may come back."""
        await self._erase_where(verdicts.c.guild_id == guild_id)
        await self._forget_cases(guild_id)

    async def erase_older_than(self, days: int, of_guilds: Mapping[int, int] | None = None) -> int:
        """Erase texts and authors stored more than `days` ago, close their alerts, and return how many they were.

        `of_guilds` are the days of guilds that have chosen others. Examples that are channel messages are kept no
        longer either. Done in many short transactions: others, such as the verdicts of new messages, come in between.
        """
        own = of_guilds or {}
        n_erased = await self._erase_expired(days, lambda guild: or_(guild.is_(None), guild.not_in(own)))
        for guild_id, days_of_guild in own.items():
            n_erased += await self._erase_expired(days_of_guild, partial(operator.eq, guild_id))
        return n_erased

    async def _erase_expired(self, days: int, whose: Whose) -> int:
        cutoff = datetime.now(UTC) - timedelta(days=days)
        is_old = and_(verdicts.c.created_at < cutoff, whose(verdicts.c.guild_id))
        n_erased = 0
        while n := await self._erase_some(is_old, CloseReason.EXPIRED):
            n_erased += n
        while await self._close_some(cutoff, whose):
            pass
        await self._delete_old_examples(cutoff, whose)
        return n_erased

    async def _erase_where(self, which: ColumnElement[bool]) -> None:
        while await self._erase_some(which, CloseReason.DELETED):
            pass

    @uninterrupted
    async def _erase_some(self, which: ColumnElement[bool], reason: CloseReason) -> int:
        query = select(verdicts.c.message_id).where(verdicts.c.text.is_not(None), which).limit(CHUNK)
        async with self._writing() as connection:
            ids = (await connection.scalars(query)).all()
            await _erase(connection, ids, reason)
        if ids:
            self._transactions.scrub()
            self._actions_planned.set()
        return len(ids)

    @uninterrupted
    async def _close_some(self, cutoff: datetime, whose: Whose) -> int:
        async with self._writing() as connection:
            n_closed = await close_older_than(connection, cutoff, whose, CHUNK)
            n_closed += await expire_cases(connection, cutoff, whose, CHUNK)
        self._actions_planned.set()
        return n_closed

    @uninterrupted
    async def _forget_cases(self, guild_id: int) -> None:
        async with self._writing() as connection:
            await forget_guild(connection, guild_id)

    @uninterrupted
    async def _delete_old_examples(self, cutoff: datetime, whose: Whose) -> None:
        async with self._writing() as connection:
            await delete_old_examples_of_messages(connection, cutoff, whose)

    def _remember(self, erased: dict[int, None], ids: Iterable[int]) -> None:
        erased |= dict.fromkeys(ids)
        for oldest in list(itertools.islice(erased, max(0, len(erased) - self._n_erased_kept))):
            del erased[oldest]


async def erase_texts(connection: AsyncConnection, message_ids: Sequence[int]) -> None:
    """Erase text and author of messages, in a transaction that is open."""
    for chunk in chunks(message_ids):
        await connection.execute(
            update(verdicts)
            .where(verdicts.c.message_id.in_(chunk), verdicts.c.text.is_not(None))
            .values(text=None, author_id=None, erased_at=datetime.now(UTC))
        )
        # Whoever guesses a text could find it confirmed by its digest, whose key is in the same file.
        await connection.execute(
            update(verdicts)
            .where(verdicts.c.message_id.in_(chunk), verdicts.c.content_digest != NO_DIGEST)
            .values(content_digest=NO_DIGEST)
        )


async def _erase(connection: AsyncConnection, message_ids: Iterable[int], reason: CloseReason) -> None:
    """Erase text and author of messages, what was learned of them, and their alerts."""
    for chunk in chunks(message_ids):
        await erase_texts(connection, chunk)
        await delete_examples_of_messages(connection, chunk)
        await end_cases(connection, chunk, reason)
        appealed = await appealed_of(connection, chunk)  # whose alert stays open until somebody has decided
        await take_back(connection, [each for each in chunk if each not in appealed], reason)
        for message_id in appealed:
            await plan_redraw(connection, message_id)
