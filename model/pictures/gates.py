"""Draw what an LSTM's gates and its cell state do while a sentence is read, a column a character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.colors as colours
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from model.pictures.style import (
    FAINT,
    INK,
    NEGATIVE,
    PAPER,
    POSITIVE,
    UNKNOWN,
    as_png,
    drawable,
    font,
    new_figure,
    write_title,
)

_GATE_COLOURS = colours.LinearSegmentedColormap.from_list("gate", [PAPER, UNKNOWN, INK])
_SIDE_COLOURS = colours.LinearSegmentedColormap.from_list("side", [NEGATIVE, PAPER, POSITIVE])


@dataclass(frozen=True, slots=True)
class Strip:
    """One row of the picture: values of shape (n_characters, n_units), its name, and the characters to point at.

    Values are in [0, 1], or on both sides of 0 if it `is_signed`.
    """

    name: str
    values: NDArray[np.floating]
    marked: Sequence[int] = ()
    is_signed: bool = False


def draw_gates(
    characters: str, strips: Sequence[Strip], probabilities: NDArray[np.floating], title: str, probability: str
) -> bytes:
    """Return a PNG: the probability after each character as a line, below it a strip for each gate and state."""
    figure = new_figure(max(7.0, 0.36 * len(characters) + 1.6), 1.6 + 1.35 * len(strips))
    first, *others = figure.subplots(
        len(strips) + 1, 1, sharex=True, gridspec_kw={"height_ratios": [1.1] + [1.0] * len(strips)}
    )
    _draw_line(first, probabilities, probability)
    write_title(first, title)
    for axes, strip in zip(others, strips, strict=True):
        _draw_strip(axes, strip)
    others[-1].set_xticks(range(len(characters)), [drawable(c) for c in characters])
    for label in others[-1].get_xticklabels():
        label.set_fontproperties(font(11))
    others[-1].tick_params(axis="x", length=0)
    return as_png(figure)


def _draw_line(axes: Axes, probabilities: NDArray[np.floating], name: str) -> None:
    axes.axhline(0.5, color=FAINT, lw=1)
    axes.plot(probabilities, color=INK, lw=1.4)
    shades = [POSITIVE if probability > 0.5 else NEGATIVE for probability in probabilities]
    axes.scatter(range(len(probabilities)), probabilities, c=shades, s=26, zorder=3, lw=0)
    axes.set_ylim(-0.05, 1.05)
    axes.set_yticks([0, 0.5, 1])
    _name(axes, name)
    for label in axes.get_yticklabels():
        label.set_fontproperties(font(9))
    axes.tick_params(axis="x", length=0)
    for spine in ("top", "right", "bottom"):
        axes.spines[spine].set_visible(False)


def _draw_strip(axes: Axes, strip: Strip) -> None:
    most = float(np.abs(strip.values).max()) or 1.0
    shades, low, high = (_SIDE_COLOURS, -most, most) if strip.is_signed else (_GATE_COLOURS, 0.0, 1.0)
    axes.imshow(strip.values.T, aspect="auto", cmap=shades, vmin=low, vmax=high, interpolation="nearest")
    for column in strip.marked:
        axes.plot(column, -1.6, marker="v", color=POSITIVE, markersize=6, clip_on=False)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=0)
    for spine in axes.spines.values():
        spine.set_color(FAINT)
    _name(axes, strip.name)


def _name(axes: Axes, name: str) -> None:
    axes.set_ylabel(name, fontproperties=font(11), color=INK, rotation=0, ha="right", va="center", labelpad=8)
