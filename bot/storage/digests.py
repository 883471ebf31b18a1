"""The weekly digests: begun by one process, once a week, and noted as sent when Discord has them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, case, func, or_, select, update

from bot.domain.digests import TRIED_AGAIN, Digest, DigestState
from bot.storage.connection.transactions import Store, uninterrupted
from bot.storage.connection.upsert import insert_into
from bot.storage.schema import digests, setting_changes

_UNFINISHED = (DigestState.BEGUN.value, DigestState.REFUSED.value)


class Digests(Store):
    """The newest digest of each guild."""

    @uninterrupted
    async def begin(self, guild_id: int, due_at: datetime, now: datetime) -> int | None:
        """Begin a digest, and return which try it is; None if it is not to be sent, or not by this process, or not yet.

        One that was due before the guild last chose its day is not sent. One that was begun and not finished is begun
        again after a while: its process has died, or Discord has refused it.
        """
        chosen = select(func.max(setting_changes.c.changed_at).label("at")).where(
            setting_changes.c.guild_id == guild_id, setting_changes.c.name == "digest_weekday"
        )
        new = {"guild_id": guild_id, "due_at": due_at, "state": DigestState.BEGUN, "tried_at": now, "n_tries": 1}
        is_same = digests.c.due_at == due_at
        is_left = and_(is_same, digests.c.state.in_(_UNFINISHED), digests.c.tried_at <= now - TRIED_AGAIN)
        async with self._writing() as connection:
            chosen_at = (await connection.execute(chosen)).scalar()
            if chosen_at is not None and chosen_at > due_at:
                return None
            begun = insert_into(connection, digests).values(new)
            begun = begun.on_conflict_do_update(
                index_elements=["guild_id"],
                set_=new
                | {"n_tries": case((is_same, digests.c.n_tries + 1), else_=1), "channel_id": None, "message_id": None},
                where=or_(digests.c.due_at < due_at, is_left),
            )
            n_tries: int | None = (await connection.execute(begun.returning(digests.c.n_tries))).scalar()
        return n_tries

    @uninterrupted
    async def finish(
        self, guild_id: int, due_at: datetime, state: DigestState, channel_id: int | None, message_id: int | None = None
    ) -> None:
        """Note what became of a digest that was begun."""
        which = digests.c.guild_id == guild_id, digests.c.due_at == due_at
        result = {"state": state, "channel_id": channel_id, "message_id": message_id}
        async with self._writing() as connection:
            await connection.execute(update(digests).where(*which).values(result))

    @uninterrupted
    async def newest(self, guild_id: int) -> Digest | None:
        """Return the newest digest of a guild, None if there was none."""
        async with self._reading() as connection:
            row = (await connection.execute(select(digests).where(digests.c.guild_id == guild_id))).first()
        if row is None:
            return None
        return Digest(row.due_at, DigestState(row.state), row.n_tries, row.channel_id, row.message_id)
