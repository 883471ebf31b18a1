"""The teacher: what it says of texts it never saw."""

from pathlib import Path

import numpy as np
import pytest

from model.corpora.corpus import Corpus, make_corpus

pytest.importorskip("sklearn")

from model.training.mixing.augmentation import recombine
from model.training.mixing.teacher import SoftTargets, ask_teacher, load_soft_targets


@pytest.fixture
def corpus() -> Corpus:
    texts = [f"{n}번째 주문한 상품 {'정말 좋아요' if n % 2 else '너무 별로예요'} 포장 상태" for n in range(200)]
    targets = np.arange(200) % 2
    targets[:2] = 1 - targets[:2]  # two wrong labels
    return make_corpus("reviews", texts, targets)


def test_a_wrong_label_is_doubted(corpus: Corpus) -> None:
    targets = ask_teacher(corpus, seed=1).targets
    assert targets[0] < 0.5 < targets[1]
    assert np.mean((targets[2:] > 0.5) == (corpus.targets[2:] > 0.5)) == 1


def test_texts_without_a_label_are_judged_and_cut_too(corpus: Corpus) -> None:
    unrated = ["리모컨 정말 좋아요 건전지 포함", "리모컨 너무 별로예요 건전지 미포함"]
    soft = ask_teacher(corpus, 1, unrated)
    assert soft.unrated.texts == unrated
    assert soft.unrated.targets[1] < 0.3 < 0.7 < soft.unrated.targets[0]
    assert any("리모컨" in piece for piece in soft.recombined.texts)


def test_pieces_are_judged_by_their_words(corpus: Corpus) -> None:
    recombined = ask_teacher(corpus, seed=1).recombined
    of = dict(zip(recombined.texts, recombined.targets, strict=True))
    good = [p for text, p in of.items() if "좋아요" in text and "별로" not in text]
    bad = [p for text, p in of.items() if "별로" in text and "좋아요" not in text]
    assert len(recombined) > len(corpus)
    assert np.mean(good) > 0.7
    assert np.mean(bad) < 0.3


def test_pieces_are_runs_of_words_and_joins_of_them() -> None:
    texts = ["가 나 다 라 마 바", "하나 둘 셋 넷 다섯"]
    for piece in recombine(texts, np.random.default_rng(0)):
        halves = [piece, *(piece[i:].strip() for i in range(len(piece)) if piece[i] == " ")]
        assert any(half in text for half in halves for text in texts)


def test_a_lesson_is_computed_once(corpus: Corpus, tmp_path: Path) -> None:
    first = load_soft_targets(corpus, 1, tmp_path)
    (kept,) = tmp_path.iterdir()
    written_at = kept.stat().st_mtime_ns
    again = load_soft_targets(corpus, 1, tmp_path)
    assert kept.stat().st_mtime_ns == written_at
    np.testing.assert_array_equal(first.targets, again.targets)
    assert first.recombined.texts == again.recombined.texts


def test_a_sharpened_teacher_is_surer_but_of_the_same_opinion() -> None:
    soft = SoftTargets(np.array([0.2, 0.5, 0.9], np.float32), make_corpus("p", ["가", "나"], np.array([0.3, 0.6])))
    sharp = soft.sharpened(2.0)
    np.testing.assert_allclose(sharp.targets, [0.04 / 0.68, 0.5, 0.81 / 0.82], atol=1e-6)
    assert sharp.recombined.targets[0] < 0.3 < 0.6 < sharp.recombined.targets[1]
