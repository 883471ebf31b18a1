"""Draw what was flagged and what moderators say of it, by day or week, and by channel."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from model.pictures.requests import CountBar, CountCaptions, CountPicture
from model.pictures.style import (
    FAINT,
    FALSE_ALARM,
    INK,
    PAPER,
    RIGHT,
    UNDECIDED,
    as_png,
    drawable,
    font,
    new_figure,
    write_title,
)

_WIDTH, _HEIGHT = 8.0, 4.0  # inches, of the bars by time
_ROW = 0.36  # inches of a channel
_MOST_LABELS = 7  # of days or weeks
_MOST_CHARACTERS = 18  # of a channel's name
_BAR = 0.8  # of the room that a bar has


def draw_counts(picture: CountPicture) -> bytes:
    """Return a PNG of stacked bars: right, false alarm, not decided; a hatching tells them apart without colour."""
    n_rows = len(picture.channels)
    below = _ROW * n_rows + 0.7 if n_rows else 0.0
    figure = new_figure(_WIDTH, _HEIGHT + below)
    if n_rows:
        above, rows = figure.subplots(2, 1, height_ratios=[_HEIGHT, below])
        _draw_channels(rows, picture.channels, picture.captions)
    else:
        above = figure.add_subplot()
    _draw_times(above, picture.times, picture.captions)
    return as_png(figure)


def _draw_times(axes: Axes, bars: Sequence[CountBar], captions: CountCaptions) -> None:
    places, floor = range(len(bars)), [0] * len(bars)
    for values, colour, hatch, name in _layers(bars, captions):
        axes.bar(places, values, _BAR, bottom=floor, color=colour, hatch=hatch, edgecolor=PAPER, lw=0.4, label=name)
        floor = [under + value for under, value in zip(floor, values, strict=True)]
    step = -(-len(bars) // _MOST_LABELS)
    shown = list(places)[(len(bars) - 1) % step :: step]  # the newest is named
    axes.set_xticks(shown, [drawable(bars[place].label) for place in shown])
    axes.set_xlim(-0.6, len(bars) - 0.4)
    axes.set_ylim(0, max(4, *floor) * 1.28)  # room above for the key
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=FAINT, lw=0.6)
    axes.set_ylabel(captions.count, fontproperties=font(11), color=INK)
    axes.legend(prop=font(10), loc="upper left", ncols=3, frameon=False)
    write_title(axes, captions.title)
    _finish(axes)


def _draw_channels(axes: Axes, bars: Sequence[CountBar], captions: CountCaptions) -> None:
    places, left = range(len(bars)), [0] * len(bars)
    for values, colour, hatch, _ in _layers(bars, captions):
        axes.barh(places, values, 0.7, left=left, color=colour, hatch=hatch, edgecolor=PAPER, lw=0.4)
        left = [before + value for before, value in zip(left, values, strict=True)]
    for place, end in enumerate(left):
        axes.annotate(
            f"{end:,}", (end, place), xytext=(4, 0), textcoords="offset points", va="center",
            fontproperties=font(10), color=INK,
        )  # fmt: skip
    axes.set_yticks(places, [_short(each.label) for each in bars])
    axes.set_ylim(len(bars) - 0.4, -0.6)  # the first one above
    axes.set_xlim(0, max(4, *left) * 1.12)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="x", color=FAINT, lw=0.6)
    write_title(axes, captions.channels, 12)
    _finish(axes)


def _layers(bars: Sequence[CountBar], captions: CountCaptions) -> list[tuple[list[int], str, str, str]]:
    return [
        ([each.n_right for each in bars], RIGHT, "", captions.right),
        ([each.n_false_alarms for each in bars], FALSE_ALARM, "///", captions.false_alarm),
        ([each.n_undecided for each in bars], UNDECIDED, "...", captions.undecided),
    ]


def _short(name: str) -> str:
    return drawable(name if len(name) <= _MOST_CHARACTERS else name[: _MOST_CHARACTERS - 1] + "…")


def _finish(axes: Axes) -> None:
    axes.set_axisbelow(True)
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font(10))
