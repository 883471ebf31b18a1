"""What moderators teach is stored whole, belongs to their guild alone, and goes when the message does."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.actions import Acting, ActionKind, ActionResult, ActionState, CloseReason
from bot.domain.decisions import Decided
from bot.domain.examples import Source, TooManyExamplesError
from bot.domain.guilds import GuildSettings
from bot.domain.verdicts import Policy, decide
from bot.storage.database import Database
from model.examples import Example, ExampleLabel
from model.prediction import Prediction
from tests.support.store import BAD, GOOD, PLAIN, message, next_action, open_store, rows, verdict

NEGATIVE, NEUTRAL, POSITIVE = ExampleLabel.NEGATIVE, ExampleLabel.NEUTRAL, ExampleLabel.POSITIVE
GUILD, MODERATOR, OTHER = 1, 70, 71
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jigi.sqlite3"


async def teach(database: Database, *examples: tuple[str, ExampleLabel], guild_id: int = GUILD) -> None:
    await database.examples.add(guild_id, [Example(*each) for each in examples], Source.TYPED, MODERATOR)


async def taught(database: Database, guild_id: int = GUILD) -> list[tuple[str, ExampleLabel]]:
    return [(each.text, each.label) for each in await database.examples.for_guild(guild_id)]


async def do_all(database: Database) -> list[ActionKind]:
    """Do what is due; an alert becomes message 1000 and the message's id."""
    kinds = []
    while (action := await next_action(database)) is not None:
        is_alert = action.kind is ActionKind.ALERT
        sent = ActionResult(5, 1000 + action.verdict.message_id) if is_alert else ActionResult()
        await database.outbox.finish(action, ActionState.DONE, None, sent)
        kinds.append(action.kind)
    return kinds


async def flag(database: Database, message_id: int = 1, content: str = BAD) -> None:
    """Have a message flagged, and its alert sent."""
    flagged = decide(message(message_id, content), Prediction(0.01), Policy(0.9, "keyword-1", Acting()))
    await database.verdicts.record([flagged])
    await do_all(database)


def make_older(path: Path, table: str, days: int) -> None:
    """Have everything in a table happen some days earlier."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE {table} SET created_at = datetime(created_at, '-{days} days')")


class TestExamples:
    async def test_they_come_back_newest_first_with_who_and_when(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, ("늦어요", NEGATIVE), ("빨라요", POSITIVE))
            newest, oldest = await database.examples.for_guild(GUILD)
        assert (newest.text, oldest.text) == ("빨라요", "늦어요")
        assert (newest.source, newest.added_by) == (Source.TYPED, MODERATOR)
        assert datetime.now(UTC) - newest.created_at < timedelta(minutes=1)

    async def test_the_newest_label_of_a_text_wins_whoever_gave_it(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, ("늦어요", NEGATIVE), ("빨라요", POSITIVE))
            await database.examples.add(GUILD, [Example("늦어요!!", NEUTRAL)], Source.UPLOADED, OTHER)
            newest, *others = await database.examples.for_guild(GUILD)
        assert (newest.text, newest.label, newest.added_by) == ("늦어요!!", NEUTRAL, OTHER)
        assert [each.text for each in others] == ["빨라요"]

    async def test_guilds_do_not_see_each_others(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, ("늦어요", NEGATIVE))
            await teach(database, ("늦어요", POSITIVE), guild_id=2)
            assert (await taught(database), await taught(database, 2)) == (
                [("늦어요", NEGATIVE)], [("늦어요", POSITIVE)]
            )  # fmt: skip

    async def test_they_are_counted_by_label(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, ("하나", NEGATIVE), ("둘", NEGATIVE), ("셋", POSITIVE))
            assert await database.examples.count(GUILD) == {NEGATIVE: 2, NEUTRAL: 0, POSITIVE: 1}
            assert sum((await database.examples.count(2)).values()) == 0

    async def test_they_are_read_page_by_page(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, *((f"글 {n}", NEUTRAL) for n in range(5)))
            pages = [await database.examples.for_guild(GUILD, limit=2, offset=offset) for offset in (0, 2, 4, 6)]
            rest = await database.examples.for_guild(GUILD, offset=4)
        assert [[each.text for each in page] for page in pages] == [["글 4", "글 3"], ["글 2", "글 1"], ["글 0"], []]
        assert rest == pages[2]

    async def test_too_many_are_all_left_out(self, path: Path) -> None:
        async with open_store(path) as database:
            database.examples._limit = 3
            await teach(database, ("하나", NEGATIVE), ("둘", NEGATIVE))
            with pytest.raises(TooManyExamplesError):
                await teach(database, ("하나", POSITIVE), ("셋", POSITIVE), ("넷", POSITIVE))
            assert await taught(database) == [("둘", NEGATIVE), ("하나", NEGATIVE)]
            await teach(database, ("하나", POSITIVE), ("셋", POSITIVE))
            assert sum((await database.examples.count(GUILD)).values()) == 3

    async def test_only_the_own_guilds_are_removed(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, ("하나", NEGATIVE))
            await teach(database, ("둘", NEGATIVE), guild_id=2)
            own, others = (await database.examples.for_guild(GUILD))[0].id, (await database.examples.for_guild(2))[0].id
            assert await database.examples.remove(GUILD, [own, others, 12345]) == 1
            assert (await taught(database), await taught(database, 2)) == ([], [("둘", NEGATIVE)])

    @pytest.mark.parametrize("text", ["늦어요\0", "늦어요\ud83d"])
    async def test_what_no_database_takes_is_replaced(self, path: Path, text: str) -> None:
        async with open_store(path) as database:
            await teach(database, (text, NEGATIVE))
            assert await taught(database) == [("늦어요\ufffd", NEGATIVE)]


class TestDecisions:
    async def test_a_decision_is_recorded_and_the_text_goes(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            assert await database.decisions.decide(1, True, MODERATOR, may_learn=False) == Decided(True, False)
            stored = await database.verdicts.newest(1)
            assert await taught(database) == []
        assert stored is not None
        assert (stored.text, stored.author_id) == (None, None)
        assert rows(path, "SELECT guild_id, is_right, decided_by FROM decisions") == [(GUILD, 1, MODERATOR)]

    @pytest.mark.parametrize(("is_right", "label"), [(True, NEGATIVE), (False, NEUTRAL)])
    async def test_with_permission_to_learn_the_text_becomes_an_example(
        self, path: Path, is_right: bool, label: ExampleLabel
    ) -> None:
        async with open_store(path) as database:
            await flag(database)
            assert await database.decisions.decide(1, is_right, MODERATOR, may_learn=True) == Decided(is_right, True)
            (example,) = await database.examples.for_guild(GUILD)
        assert (example.text, example.label, example.source) == (BAD, label, Source.MESSAGE)

    async def test_a_correction_relabels_the_example_although_the_text_is_gone(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.decisions.decide(1, True, MODERATOR, may_learn=True)
            assert await database.decisions.decide(1, False, OTHER, may_learn=True) == Decided(False, True)
            (example,) = await database.examples.for_guild(GUILD)
        assert (example.text, example.label, example.added_by) == (BAD, NEUTRAL, OTHER)
        assert rows(path, "SELECT is_right, decided_by FROM decisions") == [(0, OTHER)]

    async def test_a_text_that_went_with_an_earlier_decision_is_not_learned(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.decisions.decide(1, True, MODERATOR, may_learn=False)
            assert await database.decisions.decide(1, True, MODERATOR, may_learn=True) == Decided(True, False)
            assert await taught(database) == []

    async def test_a_correction_without_permission_to_learn_takes_the_example_away(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.decisions.decide(1, True, MODERATOR, may_learn=True)
            assert await database.decisions.decide(1, False, MODERATOR, may_learn=False) == Decided(False, False)
            assert await taught(database) == []

    async def test_a_full_store_still_takes_the_decision(self, path: Path) -> None:
        async with open_store(path) as database:
            database.examples._limit = 0
            await flag(database)
            assert await database.decisions.decide(1, True, MODERATOR, may_learn=True) == Decided(True, False)
        assert rows(path, "SELECT count(*) FROM decisions") == [(1,)]

    async def test_a_false_alarm_takes_the_flag_away_and_a_correction_puts_it_back(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            done = []
            for is_right in (True, False, False, True):
                await database.decisions.decide(1, is_right, MODERATOR, may_learn=False)
                done.append(await do_all(database))
        assert done == [[], [ActionKind.UNREACT], [], [ActionKind.REACT]]

    async def test_an_edit_of_a_false_alarm_that_is_flagged_again_is_flagged_anew(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.decisions.decide(1, False, MODERATOR, may_learn=False)
            assert await do_all(database) == [ActionKind.UNREACT]
            edited = decide(message(1, f"{BAD} 최악", revision=5), Prediction(0.01), Policy(0.9, "keyword-1", Acting()))
            await database.verdicts.record([edited])
            assert await do_all(database) == [ActionKind.REACT, ActionKind.ALERT]

    async def test_the_outbox_is_woken(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            database.actions_planned.clear()
            await database.decisions.decide(1, False, MODERATOR, may_learn=False)
            async with asyncio.timeout(1):
                await database.actions_planned.wait()

    async def test_what_is_not_flagged_takes_no_decision(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, GOOD)])
            assert await database.decisions.decide(1, True, MODERATOR, may_learn=True) is None
            assert await database.decisions.decide(2, True, MODERATOR, may_learn=True) is None
        assert rows(path, "SELECT count(*) FROM decisions") == [(0,)]

    async def test_a_deleted_message_takes_no_decision_not_even_a_correction(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await flag(database, message_id)
            await database.decisions.decide(1, True, MODERATOR, may_learn=False)
            await database.verdicts.erase([1, 2])
            assert await database.outbox.closing(1) is CloseReason.DELETED
            for message_id in (1, 2):
                assert await database.decisions.decide(message_id, False, MODERATOR, may_learn=True) is None
            assert ActionKind.UNREACT not in await do_all(database)
            assert await database.outbox.closing(1) is CloseReason.DELETED
        assert rows(path, "SELECT is_right FROM decisions") == [(1,)]

    async def test_a_message_deleted_while_its_alert_was_on_its_way_takes_none_either(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await database.verdicts.erase([1])
            assert await database.outbox.closing(1) is CloseReason.DELETED
            assert await database.decisions.decide(1, True, MODERATOR, may_learn=True) is None

    async def test_an_alert_that_was_opened_again_takes_decisions(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.verdicts.record([verdict(1, GOOD, 1)])
            assert await database.decisions.decide(1, True, MODERATOR, may_learn=False) is None
            await database.verdicts.record([verdict(1, BAD, 2)])
            assert await database.outbox.closing(1) is None
            assert await database.decisions.decide(1, True, MODERATOR, may_learn=False) == Decided(True, False)


class TestForgetting:
    async def test_an_example_that_is_a_message_goes_with_it(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await flag(database, 2, BAD + " 최악")
            await teach(database, ("늦어요", NEGATIVE))
            for message_id in (1, 2):
                await database.decisions.decide(message_id, True, MODERATOR, may_learn=True)
            await database.verdicts.erase([1])
            assert await taught(database) == [(BAD + " 최악", NEGATIVE), ("늦어요", NEGATIVE)]

    async def test_messages_are_kept_as_examples_no_longer_than_elsewhere(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await teach(database, ("늦어요", NEGATIVE))
            await database.decisions.decide(1, True, MODERATOR, may_learn=True)
            make_older(path, "examples", days=31)
            await database.verdicts.erase_older_than(30)
            assert await taught(database) == [("늦어요", NEGATIVE)]

    async def test_the_alert_of_a_decided_message_loses_its_text_in_time_too(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.decisions.decide(1, True, MODERATOR, may_learn=False)
            await database.verdicts.erase_older_than(30)
            assert await do_all(database) == []
            make_older(path, "actions", days=31)
            for _ in range(2):
                await database.verdicts.erase_older_than(30)
            assert await do_all(database) == [ActionKind.CLOSE_ALERT]
            assert await database.outbox.closing(1) is CloseReason.EXPIRED


async def test_nobody_decides_for_another_guild(path: Path) -> None:
    async with open_store(path) as database:
        await flag(database)
        assert await database.decisions.decide(1, False, OTHER, may_learn=True, guild_id=2) is None
        assert await do_all(database) == []
        assert await database.decisions.decide(1, True, MODERATOR, may_learn=False, guild_id=GUILD) is not None


class TestScores:
    async def test_they_say_how_messages_were_judged_and_what_was_said_of_them(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await flag(database, message_id)
            await database.verdicts.record([verdict(3, PLAIN)])
            await database.decisions.decide(2, False, MODERATOR, may_learn=False)
            scores = await database.decisions.scores(GUILD, "keyword-1", LONG_AGO)
        found = [(round(each.negative_probability, 2), each.is_right) for each in scores]
        assert found == [(0.99, None), (0.99, False), (0.01, None)]
        assert all(datetime.now(UTC) - each.created_at < timedelta(minutes=1) for each in scores)

    async def test_what_was_judged_nearly_alike_is_one_row(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2, 3):
                await flag(database, message_id)
        with closing(sqlite3.connect(path)) as connection, connection:
            for message_id, probability in ((1, 0.01003), (2, 0.01007), (3, 0.0000103)):
                sql = "UPDATE verdicts SET probability = ? WHERE message_id = ?"
                connection.execute(sql, (probability, message_id))
        async with open_store(path) as database:
            scores = await database.decisions.scores(GUILD, "keyword-1", LONG_AGO)
        found = sorted((round(each.negative_probability, 7), each.n_messages) for each in scores)
        assert found == [(0.98997, 2), (0.9999897, 1)]

    async def test_a_hundred_thousand_messages_are_few_rows(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
        with closing(sqlite3.connect(path)) as connection, connection:
            columns = "guild_id, channel_id, threshold, is_flagged, model_version, content_digest, created_at"
            connection.execute(
                f"INSERT INTO verdicts (message_id, revision, probability, {columns}) "
                "WITH RECURSIVE n(n) AS (VALUES(2) UNION ALL SELECT n + 1 FROM n WHERE n < 100000) "
                f"SELECT n, 0, (n * 7919 % 100000) / 100000.0, {columns} FROM n, verdicts"
            )
        async with open_store(path) as database:
            scores = await database.decisions.scores(GUILD, "keyword-1", LONG_AGO)
        assert sum(each.n_messages for each in scores) == 100_000
        assert len(scores) < 10_200

    async def test_other_guilds_models_and_times_do_not_count(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            assert await database.decisions.scores(2, "keyword-1", LONG_AGO) == []
            assert await database.decisions.scores(GUILD, "v2", LONG_AGO) == []
            assert await database.decisions.scores(GUILD, "keyword-1", datetime.now(UTC) + timedelta(days=1)) == []

    async def test_an_edited_message_counts_once_as_it_is_now(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.verdicts.record([verdict(1, GOOD, 1)])
            (score,) = await database.decisions.scores(GUILD, "keyword-1", LONG_AGO)
        assert round(score.negative_probability, 2) == 0.01


class TestThresholds:
    async def test_a_guild_sets_its_own_and_gives_it_back(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.guilds.set_threshold(GUILD, 0.8, MODERATOR)
            await database.guilds.set_threshold(2, 0.7, MODERATOR)
            await database.guilds.set_threshold(GUILD, 0.85, OTHER)
            assert await database.guilds.settings([GUILD, 2, 3]) == {
                GUILD: GuildSettings(None, 0.85), 2: GuildSettings(None, 0.7)
            }  # fmt: skip
            await database.guilds.set_threshold(GUILD, None, OTHER)
            assert await database.guilds.settings([GUILD]) == {GUILD: GuildSettings()}
        assert rows(path, "SELECT guild_id, updated_by FROM guilds ORDER BY guild_id") == [(1, OTHER), (2, MODERATOR)]

    async def test_it_outlives_a_restart(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.guilds.set_threshold(GUILD, 0.8, MODERATOR)
        async with open_store(path) as database:
            assert (await database.guilds.settings([GUILD]))[GUILD].threshold == 0.8
