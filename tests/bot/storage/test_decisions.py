"""A decision is of the text as it is, holds until it is corrected, and goes when the message does."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.actions import ActionKind, CloseReason
from bot.domain.decisions import Decided, OutdatedAlertError
from bot.domain.learning.examples import Source
from bot.domain.verdicts import Acting, Policy, decide
from model.examples import ExampleLabel
from model.prediction import Prediction
from tests.support.records import GUILD, MODERATOR, OTHER, do_all, flag, kinds_done, make_older, say, taught, teach
from tests.support.store import BAD, GOOD, PLAIN, change, message, open_store, rows, verdict

NEGATIVE, NEUTRAL, POSITIVE = ExampleLabel.NEGATIVE, ExampleLabel.NEUTRAL, ExampleLabel.POSITIVE
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class TestDecisions:
    async def test_a_decision_is_recorded_and_the_text_goes(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            assert await say(database, 1, True, MODERATOR, may_learn=False) == Decided(True, False)
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
            assert await say(database, 1, is_right, MODERATOR, may_learn=True) == Decided(is_right, True)
            (example,) = await database.examples.for_guild(GUILD)
        assert (example.text, example.label, example.source) == (BAD, label, Source.MESSAGE)

    async def test_a_correction_relabels_the_example_although_the_text_is_gone(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await say(database, 1, True, MODERATOR, may_learn=True)
            assert await say(database, 1, False, OTHER, may_learn=True) == Decided(False, True)
            (example,) = await database.examples.for_guild(GUILD)
        assert (example.text, example.label, example.added_by) == (BAD, NEUTRAL, OTHER)
        assert rows(path, "SELECT is_right, decided_by FROM decisions") == [(0, OTHER)]

    async def test_a_text_that_went_with_an_earlier_decision_is_not_learned(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await say(database, 1, True, MODERATOR, may_learn=False)
            assert await say(database, 1, True, MODERATOR, may_learn=True) == Decided(True, False)
            assert await taught(database) == []

    async def test_a_correction_without_permission_to_learn_takes_the_example_away(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await say(database, 1, True, MODERATOR, may_learn=True)
            assert await say(database, 1, False, MODERATOR, may_learn=False) == Decided(False, False)
            assert await taught(database) == []

    async def test_a_full_store_still_takes_the_decision(self, path: Path) -> None:
        async with open_store(path) as database:
            database.examples._limit = 0
            await flag(database)
            assert await say(database, 1, True, MODERATOR, may_learn=True) == Decided(True, False)
        assert rows(path, "SELECT count(*) FROM decisions") == [(1,)]

    async def test_a_false_alarm_takes_the_flag_away_and_a_correction_puts_it_back(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            done = []
            for is_right in (True, False, False, True):
                await say(database, 1, is_right, MODERATOR, may_learn=False)
                done.append(await kinds_done(database))
        shown = [ActionKind.UPDATE_ALERT]
        assert done == [shown, [*shown, ActionKind.UNREACT], [], [*shown, ActionKind.REACT]]

    async def test_an_edit_of_a_false_alarm_that_is_flagged_again_is_flagged_anew(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await say(database, 1, False, MODERATOR, may_learn=False)
            assert await kinds_done(database) == [ActionKind.UPDATE_ALERT, ActionKind.UNREACT]
            edited = decide(
                message(1, f"{BAD} 최악", revision=5), BAD, Prediction(0.01), Policy(0.9, "keyword-1", Acting())
            )
            await database.verdicts.record([edited])
            assert await kinds_done(database) == [ActionKind.CLOSE_ALERT, ActionKind.REACT, ActionKind.ALERT]

    async def test_the_outbox_is_woken(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            database.actions_planned.clear()
            await say(database, 1, False, MODERATOR, may_learn=False)
            async with asyncio.timeout(1):
                await database.actions_planned.wait()

    async def test_what_is_not_flagged_takes_no_decision(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, GOOD)])
            assert await say(database, 1, True, MODERATOR, may_learn=True) is None
            assert await say(database, 2, True, MODERATOR, may_learn=True) is None
        assert rows(path, "SELECT count(*) FROM decisions") == [(0,)]

    async def test_a_deleted_message_takes_no_decision_not_even_a_correction(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await flag(database, message_id)
            await say(database, 1, True, MODERATOR, may_learn=False)
            await database.verdicts.erase([1, 2])
            assert await database.outbox.closing(1) is CloseReason.DELETED
            for message_id in (1, 2):
                assert await say(database, message_id, False, MODERATOR, may_learn=True) is None
            assert ActionKind.UNREACT not in await kinds_done(database)
            assert await database.outbox.closing(1) is CloseReason.DELETED
        assert rows(path, "SELECT is_right FROM decisions") == [(1,)]

    async def test_a_message_deleted_while_its_alert_was_on_its_way_takes_none_either(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.verdicts.record([verdict(1, BAD)])
            await database.verdicts.erase([1])
            assert await database.outbox.closing(1) is CloseReason.DELETED
            assert await say(database, 1, True, MODERATOR, may_learn=True) is None

    async def test_an_alert_that_was_opened_again_takes_decisions(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.verdicts.record([verdict(1, GOOD, 1)])
            assert await say(database, 1, True, MODERATOR, may_learn=False) is None
            await database.verdicts.record([verdict(1, BAD, 2)])
            assert await database.outbox.closing(1) is None
            assert await say(database, 1, True, MODERATOR, may_learn=False) == Decided(True, False)


class TestForgetting:
    async def test_an_example_that_is_a_message_goes_with_it(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await flag(database, 2, BAD + " 최악")
            await teach(database, ("늦어요", NEGATIVE))
            for message_id in (1, 2):
                await say(database, message_id, True, MODERATOR, may_learn=True)
            await database.verdicts.erase([1])
            assert await taught(database) == [(BAD + " 최악", NEGATIVE), ("늦어요", NEGATIVE)]

    async def test_messages_are_kept_as_examples_no_longer_than_elsewhere(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await teach(database, ("늦어요", NEGATIVE))
            await say(database, 1, True, MODERATOR, may_learn=True)
            make_older(path, 31, "examples")
            await database.verdicts.erase_older_than(30)
            assert await taught(database) == [("늦어요", NEGATIVE)]

    async def test_the_alert_of_a_decided_message_loses_its_text_in_time_too(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await say(database, 1, True, MODERATOR, may_learn=False)
            await database.verdicts.erase_older_than(30)
            assert await kinds_done(database) == [ActionKind.UPDATE_ALERT]
            make_older(path, 31, "actions")
            for _ in range(2):
                await database.verdicts.erase_older_than(30)
            assert await kinds_done(database) == [ActionKind.CLOSE_ALERT]
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
            await say(database, 2, False, MODERATOR, may_learn=False)
            scores = await database.decisions.scores(GUILD, "keyword-1", LONG_AGO)
        found = [(round(each.negative_probability, 2), each.is_right) for each in scores]
        assert found == [(0.99, None), (0.99, False), (0.01, None)]
        assert all(datetime.now(UTC) - each.created_at < timedelta(minutes=1) for each in scores)

    async def test_what_was_judged_nearly_alike_is_one_row(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2, 3):
                await flag(database, message_id)
        for message_id, probability in ((1, 0.01009), (2, 0.01007), (3, 0.0000103)):
            change(path, f"UPDATE verdicts SET probability = {probability} WHERE message_id = {message_id}")
        async with open_store(path) as database:
            scores = await database.decisions.scores(GUILD, "keyword-1", LONG_AGO)
        found = sorted((round(each.negative_probability, 7), each.n_messages) for each in scores)
        assert found == [(0.98993, 2), (0.9999897, 1)]

    async def test_a_hundred_thousand_messages_are_few_rows(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
        columns = "guild_id, channel_id, threshold, is_flagged, model_version, content_digest, created_at"
        change(
            path,
            f"INSERT INTO verdicts (message_id, revision, probability, {columns}) "
            "WITH RECURSIVE n(n) AS (VALUES(2) UNION ALL SELECT n + 1 FROM n WHERE n < 100000) "
            f"SELECT n, 0, (n * 7919 % 100000) / 100000.0, {columns} FROM n, verdicts",
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


class TestTwoOfEverything:
    async def test_a_decision_is_of_the_text_as_it_is_now(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.verdicts.record([verdict(1, f"{BAD} 최악", 5, is_bad=True)])
            await do_all(database)
            assert await say(database, 1, True, MODERATOR, may_learn=True) == Decided(True, True)
            assert await taught(database) == [(f"{BAD} 최악", NEGATIVE)]
        decided = "SELECT revision FROM decisions JOIN verdicts ON verdicts.id = verdict_id"
        assert rows(path, decided) == [(5,)]

    async def test_one_that_was_flagged_and_is_not_any_more_takes_none(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.verdicts.record([verdict(1, GOOD, 5)])
            assert await say(database, 1, True, MODERATOR, may_learn=False) is None

    async def test_a_correction_corrects_its_own_and_relabels_its_own_example_alone(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await flag(database, message_id, f"{BAD} {message_id}")
                await say(database, message_id, True, MODERATOR, may_learn=True)
            await say(database, 1, False, OTHER, may_learn=True)
            assert sorted(await taught(database)) == [(f"{BAD} 1", NEUTRAL), (f"{BAD} 2", NEGATIVE)]
        decided = "SELECT message_id, is_right, decided_by FROM decisions JOIN verdicts ON verdicts.id = verdict_id"
        assert rows(path, f"{decided} ORDER BY message_id") == [(1, 0, OTHER), (2, 1, MODERATOR)]

    async def test_without_permission_its_own_example_goes_alone(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await flag(database, message_id, f"{BAD} {message_id}")
                await say(database, message_id, True, MODERATOR, may_learn=True)
            await say(database, 1, False, OTHER, may_learn=False)
            assert await taught(database) == [(f"{BAD} 2", NEGATIVE)]

    async def test_the_text_of_its_own_message_goes_alone(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await flag(database, message_id)
            await say(database, 1, True, MODERATOR, may_learn=False)
        query = "SELECT message_id, text IS NULL, author_id IS NULL, erased_at IS NULL FROM verdicts ORDER BY id"
        assert rows(path, query) == [(1, 1, 1, 0), (2, 0, 0, 1)]

    async def test_an_example_is_learned_for_the_guild_of_its_message(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database, 1, f"{BAD} 1")
            await flag(database, 2, f"{BAD} 2", guild_id=2)
            for message_id in (1, 2):
                await say(database, message_id, True, MODERATOR, guild_id=message_id, may_learn=True)
            found = [await taught(database, guild_id) for guild_id in (1, 2)]
        assert found == [[(f"{BAD} 1", NEGATIVE)], [(f"{BAD} 2", NEGATIVE)]]

    async def test_an_edit_hides_no_other_messages_score(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await flag(database, message_id)
            await database.verdicts.record([verdict(1, GOOD, 5)])
            scores = await database.decisions.scores(GUILD, "keyword-1", LONG_AGO)
        assert [(round(each.negative_probability, 2), each.was_flagged) for each in scores] == [
            (0.99, True), (0.01, False)
        ]  # fmt: skip

    async def test_a_score_bears_its_own_decision(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2, 3):
                await flag(database, message_id)
            await flag(database, 4, guild_id=2)
            for message_id, is_right, guild_id in ((1, False, GUILD), (2, True, GUILD), (4, False, 2)):
                await say(database, message_id, is_right, MODERATOR, guild_id=guild_id, may_learn=False)
            first, second = [await database.decisions.scores(each, "keyword-1", LONG_AGO) for each in (GUILD, 2)]
        assert [each.is_right for each in first] == [False, True, None]
        assert [each.is_right for each in second] == [False]


class TestWhoseAndOfWhat:
    async def test_a_moderator_of_another_guild_decides_nothing(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            for guild_id in (2, None):
                assert await say(database, 1, False, OTHER, guild_id=guild_id, may_learn=True) is None
            assert await kinds_done(database) == []
        assert rows(path, "SELECT count(*) FROM decisions") == [(0,)]
        assert rows(path, "SELECT text FROM verdicts") == [(BAD,)]

    async def test_nobody_decides_of_a_text_that_the_alert_does_not_show_yet(self, path: Path) -> None:
        async with open_store(path) as database:
            await flag(database)
            await database.verdicts.record([verdict(1, f"{BAD} 최악", 5, is_bad=True)])
            with pytest.raises(OutdatedAlertError):
                await say(database, 1, True, MODERATOR, may_learn=True)
            assert await kinds_done(database) == [ActionKind.UPDATE_ALERT]
            assert await say(database, 1, True, MODERATOR, may_learn=True) is not None
            assert await taught(database) == [(f"{BAD} 최악", NEGATIVE)]

    async def test_scores_begin_at_the_time_that_is_asked_for(self, path: Path) -> None:
        async with open_store(path) as database:
            for message_id in (1, 2):
                await flag(database, message_id)
            second = await database.verdicts.newest(2)
            assert second is not None
            assert len(await database.decisions.scores(GUILD, "keyword-1", second.created_at)) == 1
