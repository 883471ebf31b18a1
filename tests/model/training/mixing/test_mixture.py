"""What an epoch consists of."""

import numpy as np

from model.training.batches import close_up_ids, cut_to_longest, space_out_ids, text_lengths
from model.training.mixing.mixture import Mixture, Part
from model.vocabulary import Vocabulary

VOCABULARY = Vocabulary(" 가나다라")
SPACE = 2


def part(n_rows: int, n_drawn: int, target: float) -> Part:
    ids = VOCABULARY.encode(["가" * (1 + number % 90) for number in range(n_rows)])
    return Part(ids, np.full(n_rows, target, np.float32), 1.0 + target, n_drawn)


def mixture(*parts: Part, spaced_share: float = 0.0) -> Mixture:
    return Mixture(parts, SPACE, spaced_share, batch_size=16, seed=1)


def test_every_row_is_drawn_as_often_as_any_other() -> None:
    counts = np.bincount(part(10, 25, 0.0).draw(np.random.default_rng(0)), minlength=10)
    assert counts.sum() == 25
    assert set(counts) == {2, 3}


def test_an_epoch_holds_what_the_parts_ask_for() -> None:
    batches = list(mixture(part(100, 50, 0.0), part(100, 200, 1.0)).epoch(0))
    targets = np.concatenate([taught[:, :1] for _, taught, _ in batches])
    weights = np.concatenate([weights for _, _, weights in batches])
    assert len(batches) == len(mixture(part(100, 50, 0.0), part(100, 200, 1.0)))
    assert (targets == 0).sum() == 50
    assert (targets == 1).sum() == 200
    assert np.array_equal(weights, 1 + targets)


def test_rows_say_whether_they_are_talk_or_a_complaint() -> None:
    ids = VOCABULARY.encode(["가"] * 4)
    ones = np.ones(4, np.float32)
    half, none = np.full(4, 0.5, np.float32), np.zeros(4, np.float32)
    talk, complaints = Part(ids, half, 1.0, 4, talk=ones), Part(ids, none, 1.0, 4, blame=half)
    ((_, taught, _),) = mixture(talk, complaints).epoch(0)
    assert sorted(taught.tolist()) == 4 * [[0, 0, 0.5]] + 4 * [[0.5, 1, 0]]


def test_the_same_epoch_is_the_same_and_another_is_another() -> None:
    first, again, second = ([ids.tolist() for ids, _, _ in mixture(part(100, 100, 0.0)).epoch(n)] for n in (0, 0, 1))
    assert first == again
    assert first != second


def test_batches_are_cut_to_the_length_of_their_texts() -> None:
    batches = [ids for ids, _, _ in mixture(part(2000, 2000, 0.0)).epoch(0)]
    assert all((ids[:, :8] != 0).any() or ids.shape[1] == 8 for ids in batches)
    assert np.mean([ids.shape[1] for ids in batches]) < 60  # the longest text has 90 characters


def test_cutting_keeps_every_character() -> None:
    ids = VOCABULARY.encode(["가나", "", "다" * 37])
    assert text_lengths(ids).tolist() == [2, 1, 37]
    assert cut_to_longest(ids).shape == (3, 40)
    assert cut_to_longest(ids).sum() == ids.sum()


def test_texts_are_spaced_out_and_closed_up() -> None:
    row = VOCABULARY.encode(["가나 다"])[0]
    assert space_out_ids(row, SPACE).tolist() == VOCABULARY.encode(["가 나 다"])[0].tolist()
    assert close_up_ids(row, SPACE).tolist() == VOCABULARY.encode(["가나다"])[0].tolist()
    full = VOCABULARY.encode(["가나" * 50])[0]
    assert space_out_ids(full, SPACE).tolist() == VOCABULARY.encode([" ".join("가나" * 50)])[0].tolist()
    assert space_out_ids(VOCABULARY.encode([""])[0], SPACE).tolist() == [0] * 100


def test_about_the_asked_share_of_texts_is_spaced_differently() -> None:
    ids = np.repeat(VOCABULARY.encode(["가 나"]), 4000, axis=0)
    spaced = mixture(Part(ids, np.zeros(4000, np.float32), 1.0, 4000), spaced_share=0.1)
    lengths = np.concatenate([text_lengths(np.pad(i, ((0, 0), (100 - i.shape[1], 0)))) for i, _, _ in spaced.epoch(0)])
    assert 0.06 < np.mean(lengths == 2) < 0.14  # closed up: 가나
