"""Draw figures of several networks side by side: one panel a figure, one bar a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from model.pictures.style import FAINT, INK, POSITIVE, QUIET, UNKNOWN, as_png, font, new_figure, write_title


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure of all networks, in their order; None where it cannot be said."""

    title: str
    values: Sequence[float | None]
    written: Sequence[str]  # what stands beside each bar
    is_logarithmic: bool = False
    begin: float = 0.0  # where the axis begins, if it is not logarithmic


def draw_comparison(names: Sequence[str], panels: Sequence[Panel], emphasized: str) -> bytes:
    """Return a PNG of horizontal bars; those of one network are emphasized."""
    figure = new_figure(3.6 * len(panels) + 1.2, 0.42 * len(names) + 1.1)
    for axes, panel in zip(figure.subplots(1, len(panels), sharey=True), panels, strict=True):
        _draw_panel(axes, names, panel, emphasized)
    return as_png(figure)


def _draw_panel(axes: Axes, names: Sequence[str], panel: Panel, emphasized: str) -> None:
    known = [value for value in panel.values if value is not None]
    begin = min(known) / 3 if panel.is_logarithmic else panel.begin
    most = max(known)
    for row, (name, value, written) in enumerate(zip(names, panel.values, panel.written, strict=True)):
        end = begin if value is None else value
        axes.barh(row, end - begin, left=begin, height=0.62, color=POSITIVE if name == emphasized else QUIET)
        axes.annotate(
            written, (end, row), xytext=(4, 0), textcoords="offset points", va="center",
            fontproperties=font(10), color=INK,
        )  # fmt: skip
    if panel.is_logarithmic:
        axes.set_xscale("log")
    axes.set_xlim(begin, most * 6 if panel.is_logarithmic else begin + (most - begin) * 1.28)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)  # the first one above
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8, colors=UNKNOWN)
    for label in axes.get_yticklabels():
        label.set_fontproperties(font(11))
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)
    axes.grid(axis="x", color=FAINT, lw=0.6)
    axes.set_axisbelow(True)
    write_title(axes, panel.title, 12)
