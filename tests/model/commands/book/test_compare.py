"""`python -m model book compare`: one table, one picture, or JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model.__main__ import main
from tests.model.book.test_comparison import write_corpora

pytest.importorskip("tensorflow")


def test_the_table_names_each_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpora, runs = write_corpora(tmp_path / "corpora"), tmp_path / "runs"
    arguments = ["book", "compare", "--networks", "korean-dense", "jigi", "--epochs", "1"]
    arguments += ["--corpora", str(corpora), "--runs", str(runs)]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "korean-dense" in shown
    assert "jigi-3" in shown
    assert (runs / "comparison.png").read_bytes().startswith(b"\x89PNG")
    assert main([*arguments, "--json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == ["korean-dense", "jigi-3"]


def test_corpora_that_are_not_there_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["book", "compare", "--networks", "jigi", "--corpora", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "must hold naver_shopping.txt" in told
    assert told.count("\n") == 1
