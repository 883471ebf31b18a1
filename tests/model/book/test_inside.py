"""What the gates do while a sentence is read, and how far back networks remember."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.book.inside import look_inside, widest
from model.classifier import Classifier
from model.errors import CommandError


def test_the_last_probability_is_the_served_one(tiny_model: Path, classifier: Classifier) -> None:
    reading = look_inside("배송은 좋은데 짜증", tiny_model)
    assert reading.characters == "배송은 좋은데 짜증"
    assert reading.probabilities[-1] == pytest.approx(classifier.probabilities(["배송은 좋은데 짜증"])[0], abs=1e-5)
    assert reading.happened.forget.shape == (10, 32)


def test_the_answer_turns_at_the_character_that_turns_it(tiny_model: Path) -> None:
    probabilities = look_inside("배송은 좋은데 짜증", tiny_model).probabilities
    assert probabilities[3] < probabilities[4]  # 좋
    assert probabilities[8] < 0.1 < probabilities[7]  # 짜


def test_a_gate_is_widest_at_a_letter() -> None:
    gate = np.array([[0.2, 0.2], [0.9, 0.9], [0.4, 0.6]])
    where, openness = widest(gate, "가 나")
    assert where == 2
    assert openness == pytest.approx(0.5)


def test_a_sentence_without_hangul_is_no_sentence(tiny_model: Path) -> None:
    with pytest.raises(CommandError, match="must hold Hangul"):
        look_inside("hello!", tiny_model)
