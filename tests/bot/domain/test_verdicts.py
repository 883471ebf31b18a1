"""The policy decides, and says what follows."""

from __future__ import annotations

import pytest

from bot.domain.actions import ActionKind, plan_actions
from bot.domain.messages import is_judgeable
from bot.domain.verdicts import NOTHING, Acting, Policy, decide, is_due
from model.prediction import Prediction
from tests.support.store import message

POLICY = Policy(threshold=0.75, model_version="v1")


@pytest.mark.parametrize(("probability", "is_flagged"), [(0.0, True), (0.25, True), (0.2500001, False), (1.0, False)])
def test_a_message_is_flagged_from_the_threshold_on(probability: float, is_flagged: bool) -> None:
    assert (
        decide(message(1, "배송이 늦어요!"), "배송이 늦어요", Prediction(probability), POLICY).is_flagged is is_flagged
    )


def test_a_verdict_remembers_its_policy() -> None:
    verdict = decide(message(1, "그냥 그래요"), "그냥 그래요", Prediction(0.5), POLICY)
    assert verdict.policy == POLICY
    assert verdict.message == message(1, "그냥 그래요")


def test_nothing_to_judge_is_never_flagged() -> None:
    assert not decide(message(1, "😡😡"), "", Prediction(0.0), POLICY).is_flagged


@pytest.mark.parametrize(("revision", "judged_revision", "is_it"), [(0, None, False), (0, 0, False), (2, 1, True)])
def test_a_verdict_of_nothing_is_due_only_where_something_stood(
    revision: int, judged_revision: int | None, is_it: bool
) -> None:
    assert is_due(decide(message(1, "😡", revision), "", Prediction(0.5), POLICY), judged_revision) is is_it


@pytest.mark.parametrize("content", ["", "   ", "\n\t", "hello", "😡👍", "ㅤ\u200b", "!?…", "\ud800"])
def test_a_text_without_hangul_or_digits_is_not_judgeable(content: str) -> None:
    assert not is_judgeable(content)


@pytest.mark.parametrize("content", ["ㅋㅋ", "1", "hello 별로", "\u1107\u1167\u11af"])
def test_a_text_with_hangul_or_digits_is_judgeable(content: str) -> None:
    assert is_judgeable(content)


class TestPlan:
    def test_a_new_flag_is_shown_and_reported(self) -> None:
        assert plan_actions(True, False, Acting()) == (ActionKind.REACT, ActionKind.ALERT)

    def test_without_a_log_channel_it_is_shown_only(self) -> None:
        assert plan_actions(True, False, Acting(alerts=False)) == (ActionKind.REACT,)

    @pytest.mark.parametrize("acting", [Acting(), Acting(alerts=False), Acting(reacts=False)])
    def test_a_flag_that_falls_is_taken_back_everywhere(self, acting: Acting) -> None:
        assert plan_actions(False, True, acting) == (ActionKind.UNREACT, ActionKind.CLOSE_ALERT)

    def test_an_edit_that_stays_flagged_brings_the_alert_up_to_date(self) -> None:
        assert plan_actions(True, True, Acting()) == (ActionKind.UPDATE_ALERT,)

    def test_what_stays_harmless_asks_for_nothing(self) -> None:
        assert plan_actions(False, False, Acting()) == ()

    @pytest.mark.parametrize("is_flagged", [True, False])
    @pytest.mark.parametrize("was_flagged", [True, False])
    def test_without_a_front_end_nothing_is_planned(self, is_flagged: bool, was_flagged: bool) -> None:
        assert plan_actions(is_flagged, was_flagged, NOTHING) == ()
