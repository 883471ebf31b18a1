"""When Jigi acts by itself, and when it leaves a message to the moderators."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from bot.domain.actions import ActionKind, plan_automatic
from bot.domain.automatic import MOST_AGE, Automatic, is_too_old, planned
from bot.domain.guilds import GuildSettings
from bot.domain.verdicts import EVERYTHING, Acting, Verdict
from tests.support.store import BAD, GOOD, verdict

ALL = tuple((kind, 0.95) for kind in Automatic)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def live(content: str = BAD) -> Verdict:
    """Return the verdict of a message that has just been written, at 99 % if it is negative."""
    plain = verdict(1, content)
    policy = replace(plain.policy, automatic=((Automatic.REPLY, 0.95),))
    return replace(plain, message=msgspec.structs.replace(plain.message, is_live=True), policy=policy)


class TestPlanned:
    @pytest.mark.parametrize(
        ("probability", "kinds"),
        [(0.949, ()), (0.95, (Automatic.TIMEOUT,)), (0.98, (Automatic.TIMEOUT, Automatic.DELETE))],
    )
    def test_each_is_done_from_its_own_threshold(self, probability: float, kinds: tuple[Automatic, ...]) -> None:
        assert planned(probability, 0.9, ((Automatic.TIMEOUT, 0.95), (Automatic.DELETE, 0.98))) == kinds

    @pytest.mark.parametrize(("flagged_from", "is_done"), [(0.949, True), (0.95, False), (0.99, False)])
    def test_it_rests_unless_it_takes_more_than_a_flag(self, flagged_from: float, is_done: bool) -> None:
        assert bool(planned(0.999, flagged_from, ((Automatic.REPLY, 0.95),))) is is_done

    def test_to_what_is_deleted_nobody_replies(self) -> None:
        assert planned(0.96, 0.9, ALL) == (Automatic.TIMEOUT, Automatic.DELETE)


class TestPlanAutomatic:
    def test_a_message_that_has_just_been_written(self) -> None:
        assert plan_automatic(live()) == (ActionKind.AUTO_REPLY,)

    def test_not_one_that_is_not_flagged(self) -> None:
        assert plan_automatic(live(GOOD)) == ()

    def test_not_history(self) -> None:
        old = live()
        assert plan_automatic(replace(old, message=msgspec.structs.replace(old.message, is_live=False))) == ()

    def test_not_an_edit(self) -> None:
        new = live()
        assert plan_automatic(replace(new, message=msgspec.structs.replace(new.message, revision=5))) == ()

    @pytest.mark.parametrize(("acting", "is_done"), [(EVERYTHING, True), (Acting(alerts=False), False)])
    def test_only_where_there_are_alerts(self, acting: Acting, is_done: bool) -> None:
        new = live()
        assert bool(plan_automatic(replace(new, policy=replace(new.policy, acting=acting)))) is is_done


@pytest.mark.parametrize(("age", "expected"), [(MOST_AGE, False), (MOST_AGE + timedelta(milliseconds=1), True)])
def test_a_message_is_history_after_a_minute(age: timedelta, expected: bool) -> None:
    assert is_too_old(NOW - age, NOW) is expected


def test_a_guild_has_agreed_for_one_model_alone() -> None:
    settings = GuildSettings(reply_from=0.97, delete_from=0.99, automatic_model="v2")
    assert settings.automatic == ((Automatic.REPLY, 0.97), (Automatic.DELETE, 0.99))
    assert settings.automatic_under("v2") == settings.automatic
    assert settings.automatic_under("v3") == ()
    assert GuildSettings(automatic_model="v2").automatic_under("v2") == ()
