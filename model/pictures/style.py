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

# Every picture brings its own paper, so that it reads alike on a dark and on a light page. What is written stands out
# from it by 4.5 at least, what is drawn by 3 (WCAG 2.1); what means something differs in lightness or pattern, too.
INK, PAPER, FAINT = "#20201e", "#ffffff", "#d9d9d4"
QUIET, UNKNOWN = "#8c8c86", "#5d5d5a"
NEGATIVE, MIDDLE, POSITIVE = "#c0392b", "#6b6b67", "#1f6fb2"
RIGHT, FALSE_ALARM, UNDECIDED = "#1f6fb2", "#b85c00", "#8c8c86"
WRITTEN = (INK, UNKNOWN, NEGATIVE, MIDDLE, POSITIVE)
DRAWN = (QUIET, RIGHT, FALSE_ALARM, UNDECIDED)
_FRAME = 1.5  # points
_MARGIN = 0.12  # inches kept free all around


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor=PAPER, edgecolor=FAINT, linewidth=_FRAME)
    figure.set_layout_engine("constrained", w_pad=_MARGIN, h_pad=_MARGIN)
    return figure


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
