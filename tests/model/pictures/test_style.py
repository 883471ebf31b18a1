"""Whatever is drawn shows no box, and can be read on a dark and on a light page."""

from __future__ import annotations

import io

import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.ft2font import FT2Font
from PIL import Image

from model.pictures import style
from model.pictures.neighbours import _POLARITY_COLOURS
from model.pictures.style import FONT, drawable
from model.vectors.keyed_vectors import Vectors


def test_no_label_shows_a_box() -> None:
    known = FT2Font(str(FONT)).get_charmap()
    for word in [*Vectors.load().index_to_key, "뷁뷁", "쮋", "日本", "ㅋㅋ", "a1"]:
        assert all(ord(character) in known for character in drawable(word)), word
    assert drawable("배송") == "배송"


def contrast(first: str, second: str) -> float:
    """Return how much two colours stand out from one another, in [1, 21], as WCAG 2.1 reckons it."""

    def luminance(colour: str) -> float:
        shares = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in to_rgb(colour))
        return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), shares, strict=True))

    darker, lighter = sorted((luminance(first), luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colour", [*style.WRITTEN, *(to_hex(_POLARITY_COLOURS(n / 50)) for n in range(51))])
def test_what_is_written_can_be_read(colour: str) -> None:
    assert contrast(colour, style.PAPER) >= 4.5


@pytest.mark.parametrize("colour", style.DRAWN)
def test_what_is_drawn_can_be_seen(colour: str) -> None:
    assert contrast(colour, style.PAPER) >= 3


def test_every_picture_has_its_own_paper() -> None:
    figure = style.new_figure(2, 2)
    figure.add_subplot()
    drawn = Image.open(io.BytesIO(style.as_png(figure))).convert("RGBA")
    assert drawn.getchannel("A").getextrema() == (255, 255)
    assert drawn.getpixel((drawn.width // 2, 5)) == (255, 255, 255, 255)
