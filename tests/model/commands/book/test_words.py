"""`python -m model book words` shows the chapter's numbers."""

from __future__ import annotations

import pytest

from model.__main__ import main

pytest.importorskip("tensorflow")


def test_the_chapters_numbers_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["book", "words"]) == 0
    shown = capsys.readouterr().out
    assert "{'<OOV>': 1, 'you': 2, 'are': 3, 'the': 4, 'best': 5, 'nice': 6}" in shown
    assert "[[2, 3, 4, 5], [2, 3, 4, 6]]" in shown
    assert "[[2, 3, 4, 1]]" in shown
    assert "  0 0 1 1 1 0 1 0 0 0\n" in shown


def test_other_sentences_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["book", "words", "정말 좋아요", "--new", "정말 별로예요", "--num-words", "5", "--dimensions", "2"]) == 0
    )
    assert "[[2, 1]]" in capsys.readouterr().out
