"""Pages of a guild's cases and verdicts, the oldest first: however many there are, few are held at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, null, select, tuple_

from bot.domain.history.exports import ExportFilter, ExportKind
from bot.storage.connection.transactions import Store, uninterrupted
from bot.storage.schema import cases, decisions, verdicts

_N_AT_ONCE = 250  # rows: the loop is busy with them for a few milliseconds, also when their texts are sealed
_DECIDED = (decisions.c.is_right, decisions.c.decided_by, decisions.c.decided_at)
_NEGATIVE = (1.0 - verdicts.c.probability).label("negative_probability")
_NO_LINK = null().label("link")  # which follows from the ids

_Key = tuple[Any, ...]


class Exports(Store):
    """What is handed out. A page is a reading of its own, so that nobody who writes waits for a whole export."""

    async def pages(
        self, kind: ExportKind, wanted: ExportFilter, n_at_once: int = _N_AT_ONCE
    ) -> AsyncIterator[list[Row[Any]]]:
        """Yield the rows of a guild, page by page, with the columns that `NAMES` names and their key behind them."""
        after: _Key | None = None
        while True:
            page = await self._page(kind, wanted, after, n_at_once)
            if page:
                yield page
            if len(page) < n_at_once:
                return
            last = page[-1]
            after = (last.number,) if kind is ExportKind.CASES else (last.judged_at, last.key)

    @uninterrupted
    async def _page(self, kind: ExportKind, wanted: ExportFilter, after: _Key | None, limit: int) -> list[Row[Any]]:
        query = _cases(wanted, after) if kind is ExportKind.CASES else _verdicts(wanted, after)
        async with self._reading() as connection:
            return list((await connection.execute(query.limit(limit))).all())


def _cases(wanted: ExportFilter, after: _Key | None) -> Select[Any]:
    of_message = verdicts.alias()
    newest = select(func.max(of_message.c.revision)).where(of_message.c.message_id == cases.c.message_id)
    is_newest = (verdicts.c.message_id == cases.c.message_id) & (verdicts.c.revision == newest.scalar_subquery())
    joined = cases.join(verdicts, is_newest).outerjoin(decisions, decisions.c.verdict_id == verdicts.c.id)
    query = select(
        cases.c.number, cases.c.state, cases.c.ended, cases.c.created_at.label("opened_at"), cases.c.message_id,
        cases.c.channel_id, _NO_LINK, cases.c.author_id, _NEGATIVE, verdicts.c.threshold, verdicts.c.model_version,
        *_DECIDED, verdicts.c.text,
    ).select_from(joined)  # fmt: skip
    which = _which(wanted, cases.c.guild_id, cases.c.created_at, cases.c.channel_id)
    if after is not None:
        which.append(cases.c.number > after[0])
    return query.where(*which).order_by(cases.c.number)


def _verdicts(wanted: ExportFilter, after: _Key | None) -> Select[Any]:
    joined = verdicts.outerjoin(decisions, decisions.c.verdict_id == verdicts.c.id)
    query = select(
        verdicts.c.message_id, verdicts.c.revision, verdicts.c.channel_id, _NO_LINK, verdicts.c.author_id,
        verdicts.c.created_at.label("judged_at"), _NEGATIVE, verdicts.c.threshold, verdicts.c.is_flagged,
        verdicts.c.model_version, *_DECIDED, verdicts.c.erased_at, verdicts.c.text, verdicts.c.id.label("key"),
    ).select_from(joined)  # fmt: skip
    which = _which(wanted, verdicts.c.guild_id, verdicts.c.created_at, verdicts.c.channel_id)
    if after is not None:
        which.append(tuple_(verdicts.c.created_at, verdicts.c.id) > tuple_(*after))
    return query.where(*which).order_by(verdicts.c.created_at, verdicts.c.id)


def _which(
    wanted: ExportFilter, guild_id: ColumnElement[Any], at: ColumnElement[Any], channel_id: ColumnElement[Any]
) -> list[ColumnElement[bool]]:
    which = [guild_id == wanted.guild_id]
    if wanted.since is not None:
        which.append(at >= wanted.since)
    if wanted.until is not None:
        which.append(at < wanted.until)
    if wanted.channel_ids is not None:
        which.append(channel_id.in_(wanted.channel_ids))
    return which
