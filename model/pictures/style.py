"""How every picture looks: one font, one palette, one way to a PNG. No pyplot, which would keep figures for ever.

The font ships with Jigi (`fonts`, SIL Open Font License), so that no machine shows boxes instead of Hangul.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font

from model.reading.hangul import to_jamo

FONT = Path(__file__).parent / "fonts" / "JigiSansKR-Regular.otf"
DPI = 120  # dots per inch

INK, PAPER, FAINT = "#20201e", "#ffffff", "#d9d9d4"
QUIET, UNKNOWN = "#a9a9a3", "#5d5d5a"
NEGATIVE, MIDDLE, POSITIVE = "#c0392b", "#8a8a86", "#1f6fb2"


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches."""
    return Figure(figsize=(width, height), dpi=DPI, facecolor=PAPER, layout="constrained")


def font(size: float) -> FontProperties:
    """Return the font at a size in points."""
    return FontProperties(fname=str(FONT), size=size)


def write_title(axes: Axes, title: str, size: float = 14) -> None:
    """Write the title where reading begins."""
    axes.set_title(drawable(title), fontproperties=font(size), color=INK, loc="left", pad=10)


def as_png(figure: Figure) -> bytes:
    """Return the figure as a PNG."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def drawable(text: str) -> str:
    """Return the text with syllables that the font lacks spelled in jamo, and other such characters as a full stop."""
    known = _characters_of_font()
    spelled = "".join(c if ord(c) in known else to_jamo(c) for c in text)
    return "".join(c if ord(c) in known else "." for c in spelled)


@cache
def _characters_of_font() -> frozenset[int]:
    return frozenset(FT2Font(str(FONT)).get_charmap())
