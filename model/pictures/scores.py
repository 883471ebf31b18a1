"""Draw how many messages have which P(negative), and where the threshold stands."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from model.pictures.requests import Mark, ScoreCaptions, ScorePicture
from model.pictures.style import FAINT, INK, NEGATIVE, PAPER, POSITIVE, QUIET, as_png, font, new_figure, write_title

_N_BARS = 50


def draw_scores(picture: ScorePicture) -> bytes:
    """Return a PNG of how many messages have which P(negative), those from the serving threshold up in red.

    The counts are on a logarithmic axis: there are far more harmless messages than others.
    """
    serving, advised = picture.serving, picture.advised
    figure = new_figure(8, 4.5)
    axes = figure.add_subplot()
    heights, edges = np.histogram(np.asarray(picture.probabilities), bins=_N_BARS, range=(0, 1), weights=picture.counts)
    middles = (edges[:-1] + edges[1:]) / 2
    colours = [NEGATIVE if middle >= serving.threshold else QUIET for middle in middles]
    axes.bar(middles, heights, width=0.9 / _N_BARS, color=colours)
    _draw_axes(axes, int(heights.max()), picture.captions)
    marks = [(serving, INK)] if advised is None else [(serving, INK), (advised, POSITIVE)]
    for height, (mark, colour) in enumerate(marks):
        _draw_mark(axes, mark, colour, height)
    return as_png(figure)


def _draw_axes(axes: Axes, most: int, captions: ScoreCaptions) -> None:
    axes.set_yscale("log")
    axes.set_xlim(0, 1)
    axes.set_ylim(0.7, max(most, 2) * 6)  # room above for the captions of the marks
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}" if count >= 1 else ""))
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda count, _: ""))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda probability, _: f"{probability:.0%}"))
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)
    axes.grid(axis="y", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
    write_title(axes, captions.title)
    axes.set_xlabel(captions.probability, fontproperties=font(11), color=INK)
    axes.set_ylabel(captions.count, fontproperties=font(11), color=INK)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font(10))


def _draw_mark(axes: Axes, mark: Mark, colour: str, height: int) -> None:
    """Draw a line at a threshold; its caption stands on the side where there is more room, each a line lower."""
    is_right = mark.threshold < 0.5
    top = 1 - 0.09 * height  # below the captions of the others
    axes.axvline(mark.threshold, ymax=top, color=colour, lw=1.6, ls="-" if height == 0 else "--", clip_on=False)
    axes.annotate(
        mark.caption, (mark.threshold, 1), xycoords=("data", "axes fraction"),
        xytext=(5 if is_right else -5, -6 - 17 * height), textcoords="offset points",
        ha="left" if is_right else "right", va="top", fontproperties=font(11), color=colour,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.5}, zorder=5,
    )  # fmt: skip
