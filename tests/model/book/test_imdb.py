"""IMDB reviews out of a file, numbered as keras.datasets hands them out."""

from __future__ import annotations

import gzip
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

from model.book.imdb import NUM_WORDS, load_imdb, read_imdb
from model.errors import CorpusError

HEADER = "split\tlabel\trating\ttext"
ROWS = [
    "train\t1\t9\tThe baker sings<br />the bread smiles",
    "train\t0\t2\tthe oven sulks and the bread weeps",
    'test\t1\t8\tthe "baker" dances',
    "test\t0\t1\tand the oven sulks",
]


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *(rows or ROWS)]) + "\n", encoding="utf-8")
    return path


def test_words_are_numbered_by_their_frequency_in_the_training_part(tmp_path: Path) -> None:
    reviews = read_imdb(write(tmp_path / "imdb.tsv"))
    assert reviews.most_frequent(2) == ["the", "bread"]
    assert "dances" not in reviews.word_index
    shown = {
        reviews.text(ids): (list(ids), label) for ids, label in zip(reviews.test.ids, reviews.test.labels, strict=True)
    }
    ids, label = shown["the baker ?"]
    assert (ids[0], ids[1], ids[-1], label) == (1, 4, 2, 1.0)  # <start>, the most frequent word, unknown


def test_only_so_many_words_are_used(tmp_path: Path) -> None:
    rare = " ".join(f"w{n}" for n in range(NUM_WORDS))
    path = write(tmp_path / "imdb.tsv", *ROWS[1:], f"train\t1\t9\t{rare}")
    assert max(max(ids) for ids in read_imdb(path).train.ids) == NUM_WORDS - 1


def test_rows_come_in_one_random_order(tmp_path: Path) -> None:
    rows = [f"{split}\t{n % 2}\t5\tw{n}" for split in ("train", "test") for n in range(40)]
    first, second = (read_imdb(write(tmp_path / "imdb.tsv", *rows)) for _ in range(2))
    assert first.train.ids == second.train.ids
    assert first.train.labels.tolist() != [0.0, 1.0] * 20


def test_a_gzipped_file_is_read_the_same(tmp_path: Path) -> None:
    plain = write(tmp_path / "imdb.tsv")
    (tmp_path / "imdb.tsv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    assert read_imdb(tmp_path / "imdb.tsv.gz").train.ids == read_imdb(plain).train.ids


def test_reviews_of_the_test_part_are_not_learned(tmp_path: Path) -> None:
    path = write(tmp_path / "imdb.tsv", *ROWS, "train\t0\t1\tAnd the oven sulks!", "train\t0\t1\tand the bread weeps")
    assert len(read_imdb(path).train) == 4
    kept = load_imdb(path)
    assert len(kept.train) == 3
    assert len(kept.test) == 2


def test_without_a_file_keras_own_reviews_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("keras.datasets")
    ids = np.array([[1, 4, 5], [1, 4, 2]], dtype=object)
    labels = np.array([1, 0])
    published = ((ids, labels), (np.array([[1, 4, 2], [1, 5]], dtype=object), labels))
    monkeypatch.setattr(datasets.imdb, "load_data", lambda num_words: published)
    monkeypatch.setattr(datasets.imdb, "get_word_index", lambda: {"the": 1, "and": 2})
    reviews = load_imdb()
    assert [list(row) for row in reviews.train.ids] == [[1, 4, 5]]  # the other one is in the test part
    assert reviews.text(reviews.train.ids[0]) == "the and"
    assert reviews.test.labels.tolist() == [1.0, 0.0]


def test_without_a_connection_a_file_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = pytest.importorskip("keras.src.utils.file_utils")

    def offline(*_: object) -> None:
        raise URLError("no route")

    monkeypatch.setattr(files, "urlretrieve", offline)
    monkeypatch.setattr(files.config, "keras_home", lambda: str(tmp_path))  # what an earlier call has left
    with pytest.raises(CorpusError, match=r"cannot be fetched .* --imdb FILE") as told:
        load_imdb()
    assert "\n" not in str(told.value)


def test_rows_are_padded_at_the_front(tmp_path: Path) -> None:
    rows = read_imdb(write(tmp_path / "imdb.tsv")).train.padded(9)
    assert rows.ids.shape == (2, 9)
    assert (rows.ids[:, 0] == 0).all()
    assert (rows.ids[:, -1] > 0).all()
    assert rows.labels.dtype == np.float32


@pytest.mark.parametrize(
    ("header", "rows", "complaint"),
    [
        ("review\tsentiment", ["fine\t1"], "Missing: .*split.*expects a TSV with the header split<TAB>label"),
        (HEADER, ["dev\t1\t9\tfine"], "line 2: split must be train or test. Received: 'dev'"),
        (HEADER, [ROWS[0], "train\tgood\t9\tfine"], "line 3: label must be 0 or 1. Received: 'good'"),
        (HEADER, ROWS[:2], "positive and negative reviews in the test part"),
    ],
)
def test_a_file_of_another_kind_is_told_what_was_expected(
    tmp_path: Path, header: str, rows: list[str], complaint: str
) -> None:
    with pytest.raises(CorpusError, match=complaint):
        load_imdb(write(tmp_path / "imdb.tsv", *rows, header=header))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nowhere\.tsv cannot be read"):
        load_imdb(tmp_path / "nowhere.tsv")
    (tmp_path / "cut.tsv.gz").write_bytes(gzip.compress("\n".join([HEADER, *ROWS]).encode())[:-20])
    with pytest.raises(CorpusError, match=r"cut\.tsv\.gz cannot be read"):
        load_imdb(tmp_path / "cut.tsv.gz")
