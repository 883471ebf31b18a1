"""Vectors made elsewhere: what can be asked for is read right, the rest is left out or refused in one sentence."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from model.__main__ import main
from model.errors import VectorsError
from model.vector_training.foreign import load_foreign
from model.vectors.keyed_vectors import Vectors
from model.vectors.table import WordsManifest, WordTable, publish_words

Row = tuple[str, Sequence[float]]
A, B, C = (1.0, 0.2, 0.1, 0.0), (0.9, 0.3, 0.0, 0.1), (0.0, 0.1, 1.0, 0.4)


def write(path: Path, *rows: Row, encoding: str = "utf-8") -> Path:
    """Write word2vec text."""
    lines = [f"{word} {' '.join(map(str, numbers))}" for word, numbers in rows]
    path.write_bytes("\n".join([f"{len(rows)} 4", *lines, ""]).encode(encoding))
    return path


def loaded(path: Path) -> Vectors:
    load_foreign(path, path.parent / "out", 100, "a command")
    return Vectors.load(path.parent / "out")


def test_of_a_word_that_stands_twice_the_first_holds(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        vectors = loaded(write(tmp_path / "dup.vec", ("배송", A), ("배송", C), ("가격", B), ("품질", C), ("가격", C)))
    assert list(vectors.index_to_key) == ["배송", "가격", "품질"]
    assert [word for word, _ in vectors.most_similar("배송")] == ["가격", "품질"]
    assert vectors.describe("배송").count is None


def test_words_that_gensim_saved_otherwise_are_bounded_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from gensim.models import KeyedVectors

    source = KeyedVectors(4)
    source.add_vectors(["배송", "a\nb", "", "가격", "\ud800"], np.array([A, B, C, B, C], np.float32))
    source.save(str(tmp_path / "some.kv"))
    with caplog.at_level(logging.WARNING):
        assert list(loaded(tmp_path / "some.kv").index_to_key) == ["배송", "가격"]
    assert "3 of 5 words were left out" in caplog.text


def test_windows_korean_code_page_is_read(tmp_path: Path) -> None:
    vectors = loaded(write(tmp_path / "cp949.vec", ("배송", A), ("품질", B), ("똠방", C), encoding="cp949"))
    assert list(vectors.index_to_key) == ["배송", "품질", "똠방"]


def test_words_in_neither_encoding_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.vec").write_bytes(b"2 4\n\xff\xfe 1 2 3 4\n\x81 4 3 2 1\n")
    with pytest.raises(VectorsError, match="neither in UTF-8 nor in CP949"):
        load_foreign(tmp_path / "a.vec", tmp_path / "out", 100, "")


@pytest.mark.parametrize("numbers", [["nan"] * 4, ["inf", 0, 0, 0], [0, 0, 0, 0], ["1e30"] * 4])
def test_a_row_that_is_no_direction_is_left_out(tmp_path: Path, numbers: Sequence[float]) -> None:
    vectors = loaded(write(tmp_path / "nan.vec", ("배송", A), ("포장", numbers), ("품질", C)))
    assert list(vectors.index_to_key) == ["배송", "품질"]
    assert np.isfinite([cosine for _, cosine in vectors.most_similar("배송")]).all()


def test_a_control_character_in_a_word_makes_no_binary_file(tmp_path: Path) -> None:
    vectors = loaded(write(tmp_path / "a.vec", ("배\x01송", A), ("가격", B), ("품질", C)))
    assert list(vectors.index_to_key) == ["가격", "품질"]


@pytest.mark.parametrize(
    "content",
    [
        b"99999999999999 300\n", b"2 99999999999999\nx 1 2\n", b"-1 4\n", b"1 4\n\x01 nan nan nan nan\n",
        b"\x1f\x8bno gzip", b"\x80\x04\x8c\x0bno_such_pkg\x8c\x01x\x93.",
    ],
    ids=["words", "dimensions", "negative", "nothing left", "gzip", "package"],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / ("a.gz" if content.startswith(b"\x1f") else "a.vec")
    path.write_bytes(content)
    assert main(["vectors", "load", str(path), "--output", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err.splitlines()
    assert [line for line in told if line.startswith("error: ")] == told[-1:]
    assert "jigi[train]" not in told[-1]
    assert not (tmp_path / "out").exists()


def publish(folder: Path, words: Sequence[str], rows: Sequence[Sequence[float]]) -> Path:
    n = len(words)
    table = WordTable(words, np.array(rows, np.float32), np.zeros(n, np.uint32), np.full(n, np.nan, np.float16))
    publish_words(folder, WordsManifest("made"), table)
    return folder


def test_a_folder_that_was_published_with_a_word_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VectorsError, match="twice"):
        Vectors.load(publish(tmp_path / "v", ["배송", "배송"], [A, B]))


def test_a_folder_that_was_published_with_nan_is_refused(tmp_path: Path) -> None:
    vectors = Vectors.load(publish(tmp_path / "v", ["배송", "가격"], [A, [float("nan")] * 4]))
    with pytest.raises(VectorsError, match="NaN"):
        vectors.most_similar("배송")
