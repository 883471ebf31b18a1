"""What people read of a training: how far it is, what the gate says, and whether changes are for the better."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.cogs.shared.training_progress import outcome_embed, picture_of
from bot.domain.learning.trainings import (
    Cancelled,
    Candidate,
    Failed,
    FailureKind,
    Mode,
    Progress,
    Refused,
    Training,
    TrainingRequest,
)
from bot.localisation.commands import Caller
from bot.localisation.texts import Texts
from bot.wording.trainings import gate_lines, progress_text
from model.examples import ExampleLabel
from model.gate import Changed, Check, CheckName, Gate, Side

KO, EN = Texts.load("ko"), Texts.load("en")
CALLER = Caller(KO, "!")
POSITIVE, NEGATIVE, FLAGGED = Side(0.1, "긍정", False), Side(0.7, "부정", False), Side(0.95, "부정", True)
PARITY = Check(CheckName.PARITY, True, 2e-7, None, 1e-5)
WORSE = Check(CheckName.NEUTRAL_FLAGGED, False, 0.05, 0.01, 0.02)


def training(mode: Mode = Mode.FINE_TUNE) -> Training:
    return Training(1, TrainingRequest(1, 70, mode), datetime.now(UTC))


def shown(*changed: Changed) -> str:
    candidate = Candidate(Gate((PARITY, WORSE), changed), None)
    return outcome_embed(Refused(candidate), CALLER).fields[-1].value or ""


@pytest.mark.parametrize(
    ("before", "after", "expected", "mark"),
    [
        (POSITIVE, NEGATIVE, ExampleLabel.NEGATIVE, "👍"),
        (NEGATIVE, FLAGGED, ExampleLabel.NEGATIVE, "👍"),
        (FLAGGED, NEGATIVE, ExampleLabel.NEGATIVE, "👎"),
        (NEGATIVE, POSITIVE, ExampleLabel.POSITIVE, "👍"),
        (NEGATIVE, FLAGGED, ExampleLabel.POSITIVE, "👎"),
        (FLAGGED, NEGATIVE, ExampleLabel.NEUTRAL, "👍"),
        (NEGATIVE, FLAGGED, ExampleLabel.NEUTRAL, "👎"),
        (NEGATIVE, POSITIVE, ExampleLabel.NEUTRAL, "➖"),
    ],
)
def test_a_change_is_marked_by_what_people_say_of_the_text(
    before: Side, after: Side, expected: ExampleLabel, mark: str
) -> None:
    assert shown(Changed("글", expected, before, after)).startswith(mark)


def test_a_test_of_the_gate_that_failed_says_by_how_much() -> None:
    (failed,) = gate_lines(Gate((PARITY, WORSE), ()), EN)
    assert failed.startswith(f"❌ {EN('gate.neutral_flagged')} **5%**")
    assert "1%" in failed
    assert "2%" in failed


def test_an_export_that_answers_otherwise_is_told() -> None:
    (failed,) = gate_lines(Gate((replace(PARITY, is_passed=False, now=2e-3),), ()), EN)
    assert failed.startswith(f"❌ {EN('gate.parity')} **2.0e-03**")


def test_at_most_five_changes_are_shown_and_all_are_counted() -> None:
    changed = [Changed("가" * 500, ExampleLabel.NEUTRAL, NEGATIVE, FLAGGED)] * 40
    embed = outcome_embed(Refused(Candidate(Gate((WORSE,), tuple(changed)), b"")), CALLER)
    assert "40" in (embed.fields[-1].name or "")
    assert (embed.fields[-1].value or "").count("\n") == 4
    assert len(embed) < 6000
    assert len(embed.fields[-1].value or "") <= 1024


def test_before_the_first_epoch_it_is_getting_ready() -> None:
    assert KO("training.preparing") in progress_text(training(), None, 3, CALLER)


def test_progress_names_epoch_accuracy_and_remaining_time() -> None:
    text = progress_text(training(Mode.FULL), Progress(0.25, 3, 12, 0.912), 300, Caller(EN, "!"))
    assert EN("training.epoch", epoch=3, n_epochs=12) in text
    assert "91.2%" in text
    assert EN("training.minutes_left", n=15) in text
    assert "`█████░" in text


@pytest.mark.parametrize("kind", FailureKind)
@pytest.mark.parametrize("texts", [KO, EN], ids=["Korean", "English"])
def test_what_failed_says_why_in_the_language_of_the_guild_and_without_places(kind: FailureKind, texts: Texts) -> None:
    embed = outcome_embed(Failed("error at /home/jigi/.cache/archive.zip", kind), Caller(texts, "!"))
    assert embed.title == texts("training.failed")
    assert embed.description == texts("training.old_serves", reason=texts(f"failure.{kind}"))
    assert picture_of(Failed("why"), KO) is None


def test_what_was_cancelled_says_no_more() -> None:
    assert outcome_embed(Cancelled(), CALLER).title == KO("training.cancelled")


@pytest.mark.parametrize("texts", [KO, EN], ids=["Korean", "English"])
def test_the_picture_is_told_in_words_with_the_figures_of_the_gate(texts: Texts) -> None:
    picture = picture_of(Refused(Candidate(Gate((PARITY, WORSE), ()), b"PNG")), texts)
    assert picture is not None
    described = picture.description or ""
    assert described.startswith(texts("training.picture"))
    assert f"{texts('gate.neutral_flagged')} 5%" in described
    assert picture_of(Refused(Candidate(Gate((WORSE,), ()), b"")), texts) is None
