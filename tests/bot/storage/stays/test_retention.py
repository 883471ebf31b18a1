"""What members wrote, and who they are, goes after the time that their guild keeps it; and what stays is said here."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import JSON, BigInteger, Column, LargeBinary, String, Text

from bot.domain.decisions import Decided
from bot.storage.schema import Sealed, metadata
from bot.storage.stays.purging import NOT_OF_GUILDS
from model.examples import ExampleLabel
from tests.support.records import MODERATOR, flag, make_older, say, teach
from tests.support.store import open_store, rows

MINE, OTHER = 1, 2
# Words, and ids of people: where they stand, and for how long.
RETAINED = {"verdicts.text", "verdicts.author_id", "verdicts.content_digest", "cases.author_id"} | {
    "appeals.author_id", "appeals.words",
}  # fmt: skip
RETAINED_OF_MESSAGES = {"examples.text", "examples.text_digest", "examples.added_by"}  # typed ones are moderators' own
UNTIL_THE_PURGE = {
    "decisions.decided_by", "case_acts.by", "case_acts.reason", "guilds.updated_by", "guilds.exempt_user_ids",
    "setting_changes.changed_by", "setting_changes.before", "setting_changes.after", "model_versions.created_by",
    "trainings.requested_by", "trainings.detail", "guilds.reply_words",
}  # fmt: skip
FOR_A_DAY = {"scans.requested_by"}  # after its end: `tests.bot.storage.history.test_scans`
NO_WORDS_OF_MEMBERS = {
    "actions.detail", "model_versions.manifest", "model_versions.content", "guilds.thresholds",
    "guilds.watched", "guilds.exempt_role_ids", "guilds.exempt_channel_ids",
    # where and what, not who
    "verdicts.id", "verdicts.message_id", "verdicts.revision", "verdicts.channel_id", "cases.id", "cases.message_id",
    "cases.channel_id", "channels.channel_id", "channels.last_message_id", "actions.id", "actions.verdict_id",
    "actions.alert_channel_id", "actions.alert_message_id", "actions.place", "actions.shown_verdict_id",
    "decisions.verdict_id", "case_acts.id", "case_acts.case_id", "guilds.model_version_id", "guilds.log_channel_id",
    "guilds.ping_role_id", "setting_changes.id", "model_versions.id", "model_versions.parent_id", "examples.id",
    "examples.message_id", "appeals.id", "appeals.case_id",
    "trainings.id", "trainings.version_id", "trainings.channel_id", "trainings.message_id",
    "case_acts.reply_id", "stays.bot_id", "log_troubles.channel_id", "digests.channel_id", "digests.message_id",
    "scans.id", "scans.channel_id", "scans.report_channel_id", "scans.report_message_id", "scans.place_id",
    "scans.before_id", "scanned_messages.scan_id", "scanned_messages.message_id", "scanned_messages.channel_id",
}  # fmt: skip


def may_tell_of_people(column: Column[object]) -> bool:
    is_free = isinstance(column.type, Text | Sealed | JSON | LargeBinary | BigInteger)
    return column.name != "guild_id" and (is_free or (isinstance(column.type, String) and column.type.length is None))


def test_of_every_column_that_may_tell_of_people_it_is_said_how_long_it_stays() -> None:
    """A new one belongs into one of the sets above, and what it holds of members into retention."""
    tables = [table for table in metadata.sorted_tables if table not in NOT_OF_GUILDS]
    found = {f"{table.name}.{column.name}" for table in tables for column in table.c if may_tell_of_people(column)}
    assert found == RETAINED | RETAINED_OF_MESSAGES | UNTIL_THE_PURGE | FOR_A_DAY | NO_WORDS_OF_MEMBERS


async def test_retention_takes_all_of_it_and_of_a_guild_with_its_own_time_later(path: Path) -> None:
    async with open_store(path) as database:
        for guild_id in (MINE, OTHER):
            await flag(database, 10 * guild_id, guild_id=guild_id)
            await flag(database, 10 * guild_id + 1, guild_id=guild_id)
            decided = await say(database, 10 * guild_id + 1, True, MODERATOR, may_learn=True, guild_id=guild_id)
            assert isinstance(decided, Decided)
            await teach(database, ("직접 적은 예시", ExampleLabel.NEGATIVE), guild_id=guild_id)
            await database.appeals.make(99, 10 * guild_id, guild_id, "농담이었어요", "ko")
    for table in ("verdicts", "cases", "examples", "actions", "appeals"):
        make_older(path, 10, table)
    async with open_store(path) as database:
        await database.verdicts.erase_older_than(9, {OTHER: 20})
    assert left(path, MINE) == (set(), ["직접 적은 예시"])
    words, taught = left(path, OTHER)
    assert (words, len(taught)) == (RETAINED, 2)
    async with open_store(path) as database:
        await database.verdicts.erase_older_than(30, {OTHER: 9})
    assert left(path, OTHER) == (set(), ["직접 적은 예시"])


def left(path: Path, guild_id: int) -> tuple[set[str], list[str]]:
    """Return which of the columns still hold something of a guild, and its examples."""
    found = set()
    for name in RETAINED:
        table, column = name.split(".")
        is_kept = f"guild_id = {guild_id} AND {column} IS NOT NULL"
        is_kept += f" AND length({column}) > 0" if column.endswith("digest") else ""
        if rows(path, f"SELECT 1 FROM {table} WHERE {is_kept}"):
            found.add(name)
    return found, [
        text for (text,) in rows(path, f"SELECT text FROM examples WHERE guild_id = {guild_id} ORDER BY id DESC")
    ]
