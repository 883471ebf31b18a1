"""Pictures are PNGs of a fixed size, whatever they show."""

from __future__ import annotations

import struct

import pytest

from model.pictures.requests import Mark, ScoreCaptions, ScorePicture
from model.pictures.scores import draw_scores

CAPTIONS = ScoreCaptions("최근 메시지가 부정일 확률", "부정일 확률", "메시지 수")


def size(picture: bytes) -> tuple[int, ...]:
    assert picture.startswith(b"\x89PNG")
    return struct.unpack(">II", picture[16:24])


@pytest.mark.parametrize(
    "probabilities", [[0.5], [0.0, 1.0], [0.01] * 20_000 + [0.99]], ids=["one", "both ends", "many"]
)
def test_scores_are_drawn(probabilities: list[float]) -> None:
    assert size(draw_scores(ScorePicture(probabilities, Mark(0.9, "지금 기준 0.9"), CAPTIONS))) == (960, 540)


def test_the_marks_change_the_picture() -> None:
    plain = draw_scores(ScorePicture([0.2, 0.95], Mark(0.9, "지금"), CAPTIONS))
    assert draw_scores(ScorePicture([0.2, 0.95], Mark(0.9, "지금"), CAPTIONS)) == plain
    assert draw_scores(ScorePicture([0.2, 0.95], Mark(0.9, "지금"), CAPTIONS, Mark(0.05, "추천"))) != plain
    assert draw_scores(ScorePicture([0.2, 0.95], Mark(1.0, "지금"), CAPTIONS)) != plain


def test_the_font_has_all_that_is_written() -> None:
    from model.pictures.style import drawable

    for text in (CAPTIONS.title, CAPTIONS.probability, CAPTIONS.count, "지금 기준 추천"):
        assert drawable(text) == text
