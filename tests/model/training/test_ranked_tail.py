"""The loss: cross-entropy, and complaints ranked above the most negative talk."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from model.training.ranked_tail import RankedTail  # noqa: E402

PROBABILITY = np.array([[0.7], [0.4], [0.2], [0.6]], np.float32)
TALK_AND_COMPLAINTS = np.array([[0.5, 1, 0], [0.5, 1, 0], [0, 0, 1], [0, 0, 0.5]], np.float32)
WEIGHTS = np.array([[1], [2], [1], [0.5]], np.float32)


def entropy(taught: np.ndarray) -> float:
    p, target = PROBABILITY[:, 0], taught[:, 0]
    return float(np.mean(-(target * np.log(p) + (1 - target) * np.log(1 - p)) * WEIGHTS[:, 0]))


def test_without_a_weight_it_is_the_weighted_cross_entropy() -> None:
    loss = RankedTail(0.0, 1.5)(TALK_AND_COMPLAINTS, PROBABILITY, WEIGHTS)
    assert float(loss) == pytest.approx(entropy(TALK_AND_COMPLAINTS), rel=1e-5)


def test_the_tail_is_the_sum_over_pairs_of_talk_and_complaints() -> None:
    logits = np.log((1 - PROBABILITY) / PROBABILITY)[:, 0]
    talk = np.exp(1.5 * logits[:2]) / np.exp(1.5 * logits[:2]).sum()
    blame = np.array([1, 0.5]) / 1.5
    expected = sum(
        talk[i] * blame[j] * np.log1p(np.exp(1 + logits[i] - logits[2 + j])) for i in range(2) for j in range(2)
    )
    loss = RankedTail(0.2, 1.5)(TALK_AND_COMPLAINTS, PROBABILITY, WEIGHTS)
    assert float(loss) - entropy(TALK_AND_COMPLAINTS) == pytest.approx(0.2 * expected, rel=1e-4)


@pytest.mark.parametrize("kind", [1, 2])
def test_a_batch_of_one_kind_has_no_tail(kind: int) -> None:
    taught = TALK_AND_COMPLAINTS.copy()
    taught[:, kind] = 0
    assert float(RankedTail(0.2, 1.5)(taught, PROBABILITY, WEIGHTS)) == pytest.approx(entropy(taught), rel=1e-4)


def test_it_moves_talk_up_and_complaints_down() -> None:
    probability = tf.Variable(PROBABILITY)
    with tf.GradientTape() as tape:
        loss = RankedTail(1.0, 1.5)(TALK_AND_COMPLAINTS, probability, 0 * WEIGHTS)
    assert (np.sign(tape.gradient(loss, probability)[:, 0]) == [-1, -1, 1, 1]).all()
