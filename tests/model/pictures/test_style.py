"""The font: whatever is drawn shows no box."""

from __future__ import annotations

from matplotlib.ft2font import FT2Font

from model.pictures.style import FONT, drawable
from model.vectors.keyed_vectors import Vectors


def test_no_label_shows_a_box() -> None:
    known = FT2Font(str(FONT)).get_charmap()
    for word in [*Vectors.load().index_to_key, "뷁뷁", "쮋", "日本", "ㅋㅋ", "a1"]:
        assert all(ord(character) in known for character in drawable(word)), word
    assert drawable("배송") == "배송"
