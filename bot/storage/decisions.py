"""What moderators have said of alerts, and the scores that the threshold advice is made of."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, case, cast, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import ActionKind
from bot.domain.cases import DECISIONS, STATES, Case, CaseAct, CaseState
from bot.domain.decisions import Decided, OutdatedAlertError, Score
from bot.domain.learning.examples import Source, TooManyExamplesError
from bot.domain.messages import UNREADABLE
from bot.storage.cases.automatic import plan_undoing
from bot.storage.cases.lifecycle import settle
from bot.storage.cases.listing import file_of
from bot.storage.cases.rows import case_of_message
from bot.storage.connection.transactions import Store, Transactions, uninterrupted
from bot.storage.connection.upsert import insert_into
from bot.storage.learning.examples import Examples, delete_examples_of_messages
from bot.storage.planning import NewAction, add_actions, closing, shown_verdict
from bot.storage.schema import NO_DIGEST, decisions, examples, verdicts
from model.examples import Example, ExampleLabel

_FINE_FROM = 0.999


class Decisions(Store):
    """The moderators' decisions."""

    def __init__(self, transactions: Transactions, learned: Examples, actions_planned: asyncio.Event) -> None:
        super().__init__(transactions)
        self._learned = learned
        self._actions_planned = actions_planned

    @uninterrupted
    async def decide(
        self, message_id: int, is_right: bool, by: int, *, guild_id: int | None, may_learn: bool
    ) -> Decided | None:
        """Record a decision of a flagged message that a moderator of its guild has made by its alert.

        Return None if it is of another guild (nobody decides for a server that is not theirs), not flagged (any more),
        or its alert is closed.
        Its text is no longer needed and goes; with `may_learn` it becomes an example of its guild first: negative if
        the flag was right, neutral if not. Without, it is no example any more, should it have been one.
        A false alarm's flag is taken back, and put back by a decision that follows; what Jigi has done by itself is
        undone. The same decision once more changes
        nothing: who was first is returned.

        Raises:
            OutdatedAlertError: The alert does not show the text as it is now.
        """
        query = select(verdicts).where(verdicts.c.message_id == message_id).order_by(verdicts.c.revision.desc())
        async with self._writing() as connection:
            verdict = (await connection.execute(query.limit(1))).first()
            if verdict is None or not verdict.is_flagged or verdict.guild_id != guild_id:
                return None
            case = await case_of_message(connection, message_id)
            if not await _may_be_decided(connection, verdict, case):
                return None
            earlier = await _settle(connection, case, is_right, by)
            is_repeated = earlier is not None and STATES[earlier.kind] is STATES[DECISIONS[is_right]]
            was_right = is_right if is_repeated else await _write(connection, verdict.id, guild_id, is_right, by)
            if was_right != is_right:
                kind = ActionKind.REACT if is_right else ActionKind.UNREACT
                await add_actions(connection, [NewAction(kind, verdict.id, verdict.guild_id, verdict.channel_id)])
            if not may_learn:
                await delete_examples_of_messages(connection, [message_id])
            is_example = may_learn and await self._learn(connection, verdict, is_right, by)
            erased = {"text": None, "author_id": None, "content_digest": NO_DIGEST, "erased_at": datetime.now(UTC)}
            await connection.execute(update(verdicts).where(verdicts.c.id == verdict.id).values(erased))
        self._transactions.scrub()
        self._actions_planned.set()
        return Decided(is_right, is_example, earlier)

    @uninterrupted
    async def scores(self, guild_id: int, model_version: str, since: datetime) -> list[Score]:
        """Return how a guild's messages were judged by a version of the model, each as it is now; the oldest first.

        Messages that were judged nearly alike are one score: a million of them are at most some ten thousand rows.
        """
        newer = verdicts.alias()
        is_edited = exists().where(newer.c.message_id == verdicts.c.message_id, newer.c.revision > verdicts.c.revision)
        alike = decisions.c.is_right, verdicts.c.is_flagged, _bin(1 - verdicts.c.probability)
        first = func.min(verdicts.c.created_at)
        query = (
            select(func.min(verdicts.c.probability), first, *alike[:2], func.count())
            .join(decisions, decisions.c.verdict_id == verdicts.c.id, isouter=True)
            .where(verdicts.c.guild_id == guild_id, verdicts.c.created_at >= since)
            .where(verdicts.c.model_version == model_version, ~is_edited)
            .group_by(*alike)
        )
        async with self._reading() as connection:
            rows = await connection.execute(query.order_by(first, func.min(verdicts.c.id)))
            return [Score(1 - probability, *others) for probability, *others in rows]

    async def _learn(self, connection: AsyncConnection, verdict: Row[Any], is_right: bool, by: int) -> bool:
        text = verdict.text
        if text is None:  # decided before: then it may be an example already, whose label changes
            text = await connection.scalar(select(examples.c.text).where(examples.c.message_id == verdict.message_id))
        if text is None or text == UNREADABLE or verdict.guild_id is None:
            return False
        new = [Example(text, ExampleLabel.NEGATIVE if is_right else ExampleLabel.NEUTRAL)]
        whose = verdict.guild_id, new, Source.MESSAGE, by, verdict.message_id
        try:
            await self._learned.add_within(connection, *whose)
        except TooManyExamplesError:
            return False
        return True


def _bin(negative_probability: ColumnElement[float]) -> ColumnElement[int]:
    """Number what is nearly alike: in steps of 1e-4, and of 1e-6 above 0.999, where surely negative texts crowd."""
    fine, coarse = cast(negative_probability * 1_000_000, Integer), cast(negative_probability * 10_000, Integer)
    return case((negative_probability > _FINE_FROM, fine), else_=coarse)


async def _may_be_decided(connection: AsyncConnection, verdict: Row[Any], case: Case | None) -> bool:
    """Tell whether a message can be decided of: its alert is open, or it has ended and its author has appealed.

    Raises:
        OutdatedAlertError: The alert does not show the text as it is now.
    """
    if case is not None and case.ended is not None:
        return case.is_appealed
    if await closing(connection, verdict.message_id) is not None:
        return False
    if await shown_verdict(connection, verdict.message_id) not in (None, verdict.id):
        raise OutdatedAlertError
    return True


async def _settle(connection: AsyncConnection, found: Case | None, is_right: bool, by: int) -> CaseAct | None:
    """Settle the case of a message; return what has settled it before: if that was the same, nothing changes."""
    if found is None:
        return None
    kind, earlier = DECISIONS[is_right], None
    if found.state is not CaseState.OPEN:
        earlier = (await file_of(connection, found)).last(*STATES)
    if found.state is not STATES[kind]:
        await settle(connection, found, kind, by)
        if not is_right:
            await plan_undoing(connection, found, by)
    return earlier


async def _write(connection: AsyncConnection, verdict_id: int, guild_id: int | None, is_right: bool, by: int) -> bool:
    """Write a decision over an older one; return what held before. An alert holds until somebody decides otherwise."""
    before = await connection.scalar(select(decisions.c.is_right).where(decisions.c.verdict_id == verdict_id))
    values = {"is_right": is_right, "decided_by": by, "decided_at": datetime.now(UTC)}
    new = insert_into(connection, decisions).values(verdict_id=verdict_id, guild_id=guild_id, **values)
    await connection.execute(new.on_conflict_do_update(index_elements=["verdict_id"], set_=values))
    return before is not False
