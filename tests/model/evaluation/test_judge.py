"""The gate: what a candidate must pass before it may take the place of the version that serves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from model.__main__ import main
from model.classifier import Classifier
from model.commands.gate_table import gate_table
from model.data.paths import GOLDEN
from model.evaluation.judge import judge
from model.example_files import write_examples
from model.examples import Example, ExampleLabel
from model.gate import CheckName, Gate
from model.golden import golden_examples
from model.prediction import Probabilities
from tests.support.strict_model import make_strict_model
from tests.support.tiny_model import make_keyword_model

GOOD, BAD = Example("정말 좋아요", ExampleLabel.POSITIVE), Example("별로예요", ExampleLabel.NEGATIVE)


@pytest.fixture(scope="module")
def shipped() -> Classifier:
    return Classifier.load()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish a model that calls every text negative and flags it."""
    return make_strict_model(tmp_path_factory.mktemp("strict") / "strict-1")


def checks(gate: Gate) -> dict[CheckName, bool]:
    return {check.name: check.is_passed for check in gate.checks}


def test_a_version_passes_against_itself_and_changes_nothing(shipped: Classifier) -> None:
    gate = judge(shipped, shipped, [GOOD, BAD], 1e-7)
    assert gate.is_passed
    assert gate.changed == ()
    assert set(checks(gate)) == set(CheckName)


def test_a_version_that_flags_everything_fails_by_name_and_by_how_much(shipped: Classifier, strict: Path) -> None:
    gate = judge(Classifier.load(strict), shipped, [GOOD, BAD], 1e-7)
    assert not gate.is_passed
    assert not checks(gate)[CheckName.GOLDEN_ACCURACY]
    flagged = next(check for check in gate.checks if check.name == CheckName.NEUTRAL_FLAGGED)
    assert flagged.now == 1
    assert flagged.before is not None
    assert flagged.limit == pytest.approx(max(0.02, flagged.before, min(flagged.before + 0.005, 0.04)))
    assert next(check for check in gate.checks if check.name == CheckName.HELD_BACK).now == 0.5


class Scripted:
    """Answers as people would, but for some texts."""

    threshold = 0.9

    def __init__(self, wrong: Sequence[Example] = ()) -> None:
        self._wrong = {example.text for example in wrong}
        self._label = {example.text: example.label for example in (*golden_examples(), *HELD_BACK)}

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        return np.array([self._answer(text) for text in texts], np.float32)

    def _answer(self, text: str) -> float:
        right = {ExampleLabel.NEGATIVE: 0.01, ExampleLabel.NEUTRAL: 0.5, ExampleLabel.POSITIVE: 0.99}[self._label[text]]
        return (0.01 if right > 0.1 else 0.99) if text in self._wrong else right


HELD_BACK = [Example(f"정말 좋아요 {n}", ExampleLabel.POSITIVE) for n in range(20)]
POLAR = [example for example in golden_examples() if example.label != ExampleLabel.NEUTRAL]
NEUTRAL = [example for example in golden_examples() if example.label == ExampleLabel.NEUTRAL]


def passes(name: CheckName, now: Sequence[Example], before: Sequence[Example] = ()) -> bool:
    """Judge a version that is wrong of some texts beside one that is wrong of others."""
    return checks(judge(Scripted(now), Scripted(before), HELD_BACK, 0.0))[name]


@pytest.mark.parametrize("n_before", [0, 30])
def test_golden_accuracy_may_fall_by_one_point_and_no_more(n_before: int) -> None:
    n_of_a_point = len(POLAR) // 100
    assert n_of_a_point >= 4
    before = POLAR[:n_before]
    assert passes(CheckName.GOLDEN_ACCURACY, POLAR[: n_before + n_of_a_point], before)
    assert not passes(CheckName.GOLDEN_ACCURACY, POLAR[: n_before + n_of_a_point + 1], before)


def test_two_neutral_golden_texts_of_a_hundred_may_be_flagged_and_no_more() -> None:
    n_allowed = int(0.02 * len(NEUTRAL))
    assert passes(CheckName.NEUTRAL_FLAGGED, NEUTRAL[:n_allowed])
    assert not passes(CheckName.NEUTRAL_FLAGGED, NEUTRAL[: n_allowed + 1])


def test_where_more_were_flagged_before_as_many_may_be_and_no_more() -> None:
    before = NEUTRAL[:40]
    assert passes(CheckName.NEUTRAL_FLAGGED, NEUTRAL[-40:], before)
    assert not passes(CheckName.NEUTRAL_FLAGGED, NEUTRAL[:41], before)


@pytest.mark.parametrize("n_before", [0, 5])
def test_held_back_examples_may_not_fall_at_all(n_before: int) -> None:
    before = HELD_BACK[:n_before]
    assert passes(CheckName.HELD_BACK, HELD_BACK[-n_before:] if n_before else [], before)
    assert not passes(CheckName.HELD_BACK, HELD_BACK[: n_before + 1], before)


def test_a_neutral_example_is_right_when_it_is_not_flagged(classifier: Classifier, strict: Path) -> None:
    chat = [Example("오늘 저녁 뭐 먹지", ExampleLabel.NEUTRAL)]
    assert checks(judge(classifier, classifier, chat, 0.0))[CheckName.HELD_BACK]
    assert not checks(judge(Classifier.load(strict), classifier, chat, 0.0))[CheckName.HELD_BACK]


def test_without_held_back_examples_that_test_is_left_out(classifier: Classifier) -> None:
    assert CheckName.HELD_BACK not in checks(judge(classifier, classifier, [], 0.0))


@pytest.mark.parametrize(("difference", "is_passed"), [(1e-5, True), (1.1e-5, False), (None, False)])
def test_parity_must_be_known_and_small(classifier: Classifier, difference: float | None, is_passed: bool) -> None:
    assert checks(judge(classifier, classifier, [], difference))[CheckName.PARITY] == is_passed


def test_changed_verdicts_are_named_the_largest_change_first(shipped: Classifier, strict: Path) -> None:
    changed = judge(Classifier.load(strict), shipped, [], 0.0).changed
    assert len(changed) > 100
    sizes = [abs(c.after.negative_probability - c.before.negative_probability) for c in changed]
    assert sizes == sorted(sizes, reverse=True)
    assert all(c.after.is_flagged and c.after.label == "부정" for c in changed)
    assert {c.text for c in changed} <= {example.text for example in golden_examples()}


def test_a_gate_goes_through_json_unchanged(shipped: Classifier, strict: Path) -> None:
    gate = judge(Classifier.load(strict), shipped, [GOOD], None)
    assert Gate.from_json(json.loads(json.dumps(gate.as_json()))) == gate


def test_the_table_names_every_test(shipped: Classifier, strict: Path) -> None:
    table = gate_table(judge(Classifier.load(strict), shipped, [GOOD], 1e-7))
    assert table.count("FAILED") == 3
    assert table.count("passed") == 1


def test_compare_prints_the_gate_between_two_versions(
    tmp_path: Path, strict: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = tmp_path / "examples.csv"
    examples.write_bytes(write_examples([GOOD, BAD]))
    current = make_keyword_model(tmp_path / "keyword-1")
    assert main(["compare", str(current), str(strict), "--examples", str(examples), "--json"]) == 0
    gate = Gate.from_json(json.loads(capsys.readouterr().out))
    assert not gate.is_passed
    assert set(checks(gate)) == set(CheckName)


def test_the_golden_set_is_where_training_leaves_it_out() -> None:
    assert GOLDEN == pytest.importorskip("model.corpora.splits").GOLDEN
