"""Pictures as PNG. Imports matplotlib, so whoever wants one imports this module only then, and draws in a thread.

The font ships with Jigi, so that no machine shows boxes instead of Hangul.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FuncFormatter

_FONT = Path(__file__).parent / "fonts" / "JigiSansKR-Regular.otf"
_SIZE, _DPI = (8.0, 4.5), 120  # inches, dots per inch
_N_BARS = 50
_INK, _PAPER, _FAINT, _QUIET, _FLAGGED, _ADVISED = "#20201e", "#ffffff", "#d9d9d4", "#a9a9a3", "#c0392b", "#1f6fb2"


@dataclass(frozen=True, slots=True)
class Mark:
    """A threshold to be marked, and what is written beside it."""

    threshold: float
    caption: str


@dataclass(frozen=True, slots=True)
class Captions:
    """What the picture says."""

    title: str
    probability: str
    count: str


def draw_scores(
    probabilities: Sequence[float], serving: Mark, captions: Captions, advised: Mark | None = None
) -> bytes:
    """Draw how many messages have which P(negative), those from the serving threshold up in red.

    The counts are on a logarithmic axis: there are far more harmless messages than others.
    """
    figure = Figure(figsize=_SIZE, dpi=_DPI, facecolor=_PAPER, layout="constrained")
    axes = figure.add_subplot()
    counts, edges = np.histogram(np.asarray(probabilities), bins=_N_BARS, range=(0, 1))
    middles = (edges[:-1] + edges[1:]) / 2
    colours = [_FLAGGED if middle >= serving.threshold else _QUIET for middle in middles]
    axes.bar(middles, counts, width=0.9 / _N_BARS, color=colours)
    _draw_axes(axes, int(counts.max()), captions)
    marks = [(serving, _INK)] if advised is None else [(serving, _INK), (advised, _ADVISED)]
    for height, (mark, colour) in enumerate(marks):
        _draw_mark(axes, mark, colour, height)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def _font(size: float) -> FontProperties:
    return FontProperties(fname=str(_FONT), size=size)


def _draw_axes(axes: Axes, most: int, captions: Captions) -> None:
    axes.set_yscale("log")
    axes.set_xlim(0, 1)
    axes.set_ylim(0.7, max(most, 2) * 6)  # room above for the captions of the marks
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}" if count >= 1 else ""))
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda count, _: ""))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda probability, _: f"{probability:.0%}"))
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)
    axes.grid(axis="y", color=_FAINT, lw=0.6)
    axes.set_axisbelow(True)
    axes.set_title(captions.title, fontproperties=_font(14), color=_INK, loc="left", pad=10)
    axes.set_xlabel(captions.probability, fontproperties=_font(11), color=_INK)
    axes.set_ylabel(captions.count, fontproperties=_font(11), color=_INK)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(_font(10))


def _draw_mark(axes: Axes, mark: Mark, colour: str, height: int) -> None:
    """Draw a line at a threshold; its caption stands on the side where there is more room, each a line lower."""
    is_right = mark.threshold < 0.5
    axes.axvline(mark.threshold, color=colour, lw=1.6, ls="-" if height == 0 else "--", clip_on=False)
    axes.annotate(
        mark.caption, (mark.threshold, 1), xycoords=("data", "axes fraction"),
        xytext=(5 if is_right else -5, -6 - 17 * height), textcoords="offset points",
        ha="left" if is_right else "right", va="top", fontproperties=_font(11), color=colour,
        bbox={"facecolor": _PAPER, "edgecolor": "none", "pad": 1.5}, zorder=5,
    )  # fmt: skip
