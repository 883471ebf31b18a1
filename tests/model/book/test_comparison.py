"""Networks side by side: what is measured of each, and that a trained one is not trained again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from model.book.comparison import compare_imdb, compare_korean, compare_shipped, neutral_flagged
from model.book.imdb import Imdb, read_imdb
from model.classifier import Classifier
from model.corpora.splits import load_corpora
from model.errors import CommandError
from model.events import EpochEvent, Event


def write_corpora(folder: Path) -> Path:
    folder.mkdir()
    things = ["바지", "모자", "우산", "양말", "책상", "접시", "수건", "의자"]
    lines = [f"{5 if n % 2 else 1}\t{t} {n}번 {'좋아요' if n % 2 else '별로예요'}" for t in things for n in range(30)]
    (folder / "naver_shopping.txt").write_text("\n".join(lines), encoding="utf-8")
    (folder / "everyday_chat.txt").write_text("\n".join(f"{thing} {n}번 봤어" for thing in things for n in range(30)))
    return folder


def test_a_trained_network_is_measured_and_not_trained_again(tmp_path: Path) -> None:
    corpora = load_corpora(write_corpora(tmp_path / "corpora"), "naver-shopping")
    events: list[Event] = []
    first = compare_korean("dense", corpora, tmp_path / "runs", 1, events.append)
    assert first.name == "korean-dense"
    assert first.epochs == 1
    assert first.milliseconds > 0
    assert first.neutral_flagged is not None
    n_epochs = sum(isinstance(event, EpochEvent) for event in events)
    again = compare_korean("dense", corpora, tmp_path / "runs", 5, events.append)
    assert sum(isinstance(event, EpochEvent) for event in events) == n_epochs == 1
    assert (again.accuracy, again.neutral_flagged) == (first.accuracy, first.neutral_flagged)


def test_the_shipped_one_is_measured_on_the_same_rows(tmp_path: Path, tiny_model: Path) -> None:
    corpora = load_corpora(write_corpora(tmp_path / "corpora"), "naver-shopping")
    row = compare_shipped(corpora, tiny_model)
    assert (row.accuracy, row.negative_f1) == (1, 1)  # it goes by these very words
    assert row.neutral_flagged == 0
    assert row.epochs is None


def test_neutral_talk_is_counted_where_half_of_the_negative_reviews_are_found(
    tmp_path: Path, classifier: Classifier
) -> None:
    corpora = load_corpora(write_corpora(tmp_path / "corpora"), "naver-shopping")
    assert neutral_flagged(lambda texts: np.full(len(texts), 0.5, np.float32), corpora) == 1
    assert neutral_flagged(classifier.probabilities, corpora) == 0


def test_without_neutral_talk_nothing_is_said_of_it(tmp_path: Path, classifier: Classifier) -> None:
    folder = write_corpora(tmp_path / "corpora")
    (folder / "everyday_chat.txt").unlink()
    assert neutral_flagged(classifier.probabilities, load_corpora(folder, "naver-shopping")) is None


def test_reviews_are_read_to_train_alone(tmp_path: Path) -> None:
    kinds = ("bad", "fine")
    rows = [f"{part}\t{n % 2}\t5\t{kinds[n % 2]} w{n} {part}" for part in ("train", "test") for n in range(40)]
    (tmp_path / "imdb.tsv").write_text("\n".join(["split\tlabel\trating\ttext", *rows]))
    n_read = 0

    def load() -> Imdb:
        nonlocal n_read
        n_read += 1
        return read_imdb(tmp_path / "imdb.tsv")

    rows_of_table = [compare_imdb("dense", load, tmp_path / "runs", 1, lambda event: None) for _ in range(2)]
    assert n_read == 1
    assert rows_of_table[0].accuracy == rows_of_table[1].accuracy
    assert rows_of_table[0].n_parameters == 336_001
    assert rows_of_table[0].neutral_flagged is None


def test_a_folder_with_a_damaged_training_is_told(tmp_path: Path) -> None:
    (tmp_path / "imdb-dense").mkdir()
    (tmp_path / "imdb-dense" / "result.json").write_text("{}")
    with pytest.raises(CommandError, match="finished training"):
        compare_imdb("dense", lambda: pytest.fail("nothing is to be trained"), tmp_path, 1, lambda event: None)
