"""What people read of a training: how far it is, what the gate says, and whether changes are for the better."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.cogs.shared.training_progress import outcome_embed, picture_of
from bot.domain.trainings import Cancelled, Candidate, Failed, Mode, Progress, Refused, Training, TrainingRequest
from bot.localisation.commands import Caller
from bot.localisation.texts import Texts
from bot.wording.trainings import failure, gate_lines, progress_text
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


def test_what_failed_says_why_without_markdown_of_its_own_and_has_no_picture() -> None:
    embed = outcome_embed(Failed("**bold** " * 500), CALLER)
    assert "**" not in (embed.description or "").replace("\\*", "")
    assert len(embed.description or "") <= 4096
    assert picture_of(Failed("why")) is None
    assert outcome_embed(Cancelled(), CALLER).title == KO("training.cancelled")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("/home/jigi/.cache/jigi/trainings/training-x/archive.zip cannot be read: no", "… cannot be read: no"),
        ("[Errno 28] No space left: '/srv/my bots/jigi/labelled.csv'", "[Errno 28] No space left: '…'"),
        (r"C:\Users\me\jigi\m is damaged: x", "… is damaged: x"),
        ("No model can be read at /tmp/a/m: [Errno 2] No such file: '/tmp/a/m/manifest.json'. Install",
         "No model can be read at …: [Errno 2] No such file: '…'. Install"),
        ("neither CSV nor TSV (1/2), see https://jigi.example/a", "neither CSV nor TSV (1/2), see https://jigi.example/a"),
    ],
)  # fmt: skip
def test_why_it_failed_is_told_without_places_on_the_machine(reason: str, told: str) -> None:
    assert failure(reason) == told
    embed = outcome_embed(Failed(reason), CALLER)
    assert not {"home", "srv", "Users", "tmp"} & set(re.split(r"\W+", embed.description or ""))
