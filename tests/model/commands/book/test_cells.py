"""`python -m model book cells · gradients` draw what they print."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.__main__ import main

pytest.importorskip("tensorflow")


def test_the_gates_of_a_sentence_are_printed_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "new" / "gates.png"
    assert main(["book", "cells", "포장이 엉망이라 속상했어요", "--picture", str(picture)]) == 0
    shown = capsys.readouterr().out
    assert "SimpleRNN: 손으로 쓴 셀과 Keras의 최대 차이" in shown
    assert "입력 게이트는" in shown
    rows = shown.partition("긍정 확률\n")[2].splitlines()[: len("포장이 엉망이라 속상했어요")]
    assert "".join(row[0] for row in rows) == "포장이␣엉망이라␣속상했어요"
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_the_vanishing_gradient_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere, picture = str(tmp_path / "nowhere"), tmp_path / "gradients.png"
    arguments = ["book", "gradients", "--simple-rnn", nowhere, "--lstm", nowhere, "--picture", str(picture)]
    assert main(arguments) == 0
    assert "LSTM, 배우기 전" in capsys.readouterr().out
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("sentence", ["hello", " ", "!?"])
def test_a_sentence_that_cannot_be_read_is_one_line(sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["book", "cells", sentence]) == 1
    assert capsys.readouterr().err.count("\n") == 1
