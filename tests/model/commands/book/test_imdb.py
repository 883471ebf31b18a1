"""`python -m model book imdb`: a training from a file to its figures, and files that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.__main__ import main

pytest.importorskip("tensorflow")


def write(path: Path) -> Path:
    rows = [
        f"{split}\t{n % 2}\t{9 if n % 2 else 2}\t{'lovely' if n % 2 else 'dreadful'} scene {n} {split}"
        for split in ("train", "test")
        for n in range(60)
    ]
    path.write_text("\n".join(["split\tlabel\trating\ttext", *rows]), encoding="utf-8")
    return path


def test_a_training_shows_its_reviews_and_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "imdb.tsv")
    output = tmp_path / "dense"
    assert main(["book", "imdb", "dense", "--imdb", str(file), "--epochs", "1", "--output", str(output)]) == 0
    shown = capsys.readouterr().out
    assert "336,001" in shown
    assert "가장 잦은 단어: scene" in shown
    assert "테스트 손실" in shown
    assert "책의 테스트 정확도는 0.8717과 0.8700" in shown
    assert (output / "learning_curves.png").exists()


def test_a_file_with_wrong_columns_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "reviews.tsv").write_text("text\tstars\nfine\t5\n")
    assert main(["book", "imdb", "lstm", "--imdb", str(tmp_path / "reviews.tsv")]) == 1
    told = capsys.readouterr().err
    assert "Missing: ['split', 'label']" in told
    assert told.count("\n") == 1
