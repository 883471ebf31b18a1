"""Draw what a look through old messages has found: how P(negative) is spread, and the share flagged over time.

Nobody is ranked.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from model.pictures.requests import Mark, ScanPicture
from model.pictures.style import FAINT, INK, NEGATIVE, PAPER, QUIET, as_png, drawable, font, new_figure, write_title

_N_BARS = 20


def draw_scan(picture: ScanPicture) -> bytes:
    """Return a PNG: above, how many messages have which P(negative); below, the share flagged in each span of days."""
    figure = new_figure(8, 7)
    above, below = figure.subplots(2, 1)
    _draw_spread(above, picture)
    _draw_shares(below, picture)
    return as_png(figure)


def _draw_spread(axes: Axes, picture: ScanPicture) -> None:
    values, mark = np.asarray(picture.probabilities), picture.threshold
    is_flagged = np.asarray(picture.is_flagged, bool)
    groups = [values[~is_flagged], values[is_flagged]]
    heights, _, _ = axes.hist(groups, bins=_N_BARS, range=(0, 1), stacked=True, color=[QUIET, NEGATIVE], rwidth=0.9)
    axes.set_yscale("log")
    axes.set_xlim(0, 1)
    axes.set_ylim(0.7, max(float(np.max(heights)), 2) * 5)  # room above for the caption of the mark
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}" if count >= 1 else ""))
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda count, _: ""))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    captions = picture.captions
    _dress(axes, captions.spread, captions.probability, captions.count)
    if mark is not None:
        _draw_mark(axes, mark)


def _draw_shares(axes: Axes, picture: ScanPicture) -> None:
    shares = [span.n_flagged / span.n_judged if span.n_judged else 0.0 for span in picture.spans]
    places = range(len(shares))
    axes.bar(places, shares, width=0.7, color=NEGATIVE)
    most = max([*shares, 0.05])
    for place, span in zip(places, picture.spans, strict=True):
        axes.annotate(
            f"{span.n_flagged:,}/{span.n_judged:,}", (place, shares[place]), xytext=(0, 4), textcoords="offset points",
            ha="center", va="bottom", fontproperties=font(9), color=INK,
        )  # fmt: skip
    axes.set_ylim(0, most * 1.2)
    axes.set_xlim(-0.6, max(len(shares), 4) - 0.4)
    axes.set_xticks(list(places), [drawable(span.name) for span in picture.spans])
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}%"))
    captions = picture.captions
    _dress(axes, captions.shares, captions.days, captions.share)


def _dress(axes: Axes, title: str, across: str, up: str) -> None:
    axes.grid(axis="y", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name not in ("top", "right"))
        spine.set_color(FAINT)
    write_title(axes, title)
    axes.set_xlabel(drawable(across), fontproperties=font(11), color=INK)
    axes.set_ylabel(drawable(up), fontproperties=font(11), color=INK)
    axes.tick_params(which="both", color=FAINT)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font(10))
        label.set_color(INK)


def _draw_mark(axes: Axes, mark: Mark) -> None:
    is_right = mark.threshold < 0.5
    axes.axvline(mark.threshold, color=INK, lw=1.4, ls="--")
    axes.annotate(
        drawable(mark.caption), (mark.threshold, 1), xycoords=("data", "axes fraction"),
        xytext=(5 if is_right else -5, -6), textcoords="offset points", ha="left" if is_right else "right", va="top",
        fontproperties=font(11), color=INK, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.5}, zorder=5,
    )  # fmt: skip
