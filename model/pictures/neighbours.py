"""Draw a word's neighbours on a plane, coloured by their polarity."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.colors as colours
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray

from model.pictures.requests import NeighbourCaptions, NeighbourPicture
from model.pictures.style import (
    DPI,
    FAINT,
    INK,
    MIDDLE,
    NEGATIVE,
    POSITIVE,
    UNKNOWN,
    as_png,
    drawable,
    font,
    new_figure,
    write_title,
)

_POLARITY_COLOURS = colours.LinearSegmentedColormap.from_list("polarity", [NEGATIVE, MIDDLE, POSITIVE])
_GAIN = 1.6  # few words lean further than 0.6, which is full colour
_DOT = 7.0  # pixels from a dot's middle to its edge
_SIDES = np.array([(0, 1), (0, -1), (1, 0), (-1, 0), (0.7, 1), (-0.7, 1), (0.7, -1), (-0.7, -1)])  # above first
_DISTANCES = (0.0, 12.0, 26.0)  # pixels between dot and label, tried in this order
_GAP = 2.0  # pixels between a dot and its label
_BESIDE = np.array([-5.0, 0.0, 5.0, 0.0])  # pixels kept free beside a label: two that touch read as one word
_LIFT = 9.0  # points from a dot up to its label


def draw_neighbours(picture: NeighbourPicture) -> bytes:
    """Return a PNG of words and their neighbours; near on it is near among their vectors, roughly.

    The plane is that of the two principal components, which hold the share of the variance that the picture names.
    """
    dots, captions = picture.dots, picture.captions
    points, share = project(np.array([dot.vector for dot in dots], np.float32))
    figure = new_figure(8, 6)
    axes = figure.add_subplot()
    _draw_plane(axes, points)
    shades = [_colour(dot.polarity) for dot in dots]
    sizes = [110 if dot.is_asked else 46 for dot in dots]
    axes.scatter(points[:, 0], points[:, 1], c=shades, s=sizes, zorder=3, lw=0)
    write_title(axes, captions.title, 15)
    note = drawable(captions.note.format(share=share))
    axes.set_xlabel(note, fontproperties=font(9), color=UNKNOWN, loc="right")
    if any(dot.polarity is not None for dot in dots):
        _draw_key(figure, axes, captions)
    labels = [
        _label(axes, dot.word if dot.word.strip() else captions.space, point, shade, dot.is_asked)
        for dot, point, shade in zip(dots, points, shades, strict=True)
    ]
    _place(figure, axes, labels, points)
    return as_png(figure)


def project(vectors: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """Return the points on the plane of the two principal components, (n, 2), and their share of the variance."""
    directions = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    centred = directions.astype(np.float64) - directions.mean(axis=0)
    _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(vectors), 2))
    plane = centred @ axes[:2].T
    points[:, : plane.shape[1]] = plane
    total = float((lengths**2).sum())
    return points, float((lengths[:2] ** 2).sum()) / total if total > 0 else 1.0


def _colour(polarity: float | None) -> str:
    if polarity is None:
        return UNKNOWN
    return colours.to_hex(_POLARITY_COLOURS(0.5 + polarity * _GAIN / 2))  # clipped at both ends


def _draw_plane(axes: Axes, points: NDArray[np.float64]) -> None:
    """Leave room for labels around the points and show no axes: the components have no unit of their own."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(FAINT)
    for axis, column in ((axes.set_xlim, 0), (axes.set_ylim, 1)):
        low, high = points[:, column].min(), points[:, column].max()
        room = max((high - low) * 0.18, 0.05)
        axis(low - room, high + room)


def _label(axes: Axes, word: str, point: NDArray[np.float64], shade: str, is_asked: bool) -> Text:
    return axes.annotate(
        drawable(word), (float(point[0]), float(point[1])), xytext=(0, _LIFT), textcoords="offset points",
        ha="center", va="bottom",
        fontproperties=font(15 if is_asked else 12), color=INK if is_asked else shade, zorder=4,
    )  # fmt: skip


def _place(figure: Figure, axes: Axes, labels: Sequence[Text], points: NDArray[np.float64]) -> None:
    """Give each label, one after the other, the place around its dot where it covers least."""
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    figure.set_layout_engine("none")  # labels that move may not move the plane
    dots = axes.transData.transform(points)
    taken = np.hstack([dots - _DOT, dots + _DOT])
    frame = np.asarray(axes.get_window_extent().extents)
    for label, dot in zip(labels, dots, strict=True):
        box = np.asarray(label.get_window_extent().extents)
        places = _places(dot, box[2:] - box[:2])
        best = int(np.argmin(_covered(places, taken, frame)))
        x, y = (places[best] - box)[:2] * 72 / DPI
        label.set_position((float(x), _LIFT + float(y)))
        taken = np.vstack([taken, places[best] + _BESIDE])


def _places(dot: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return boxes around a dot, (n, 4), nearest and above first."""
    middle = np.vstack([dot + _SIDES * (size / 2 + _DOT + _GAP + distance) for distance in _DISTANCES])
    return np.hstack([middle - size / 2, middle + size / 2])


def _covered(
    places: NDArray[np.float64], taken: NDArray[np.float64], frame: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how many square pixels of what is taken, or of what lies outside the frame, each place covers."""
    corners = np.minimum(places[:, None, 2:], taken[None, :, 2:]) - np.maximum(places[:, None, :2], taken[None, :, :2])
    covered = np.maximum(corners, 0).prod(axis=2).sum(axis=1)
    inside = np.minimum(places[:, 2:], frame[2:]) - np.maximum(places[:, :2], frame[:2])
    outside = (places[:, 2:] - places[:, :2]).prod(axis=1) - np.maximum(inside, 0).prod(axis=1)
    cost: NDArray[np.float64] = covered + outside
    return cost


def _draw_key(figure: Figure, axes: Axes, captions: NeighbourCaptions) -> None:
    names = (captions.negative, captions.neutral, captions.positive)
    for name, colour in zip(names, (NEGATIVE, MIDDLE, POSITIVE), strict=True):
        axes.scatter([], [], color=colour, s=46, label=name)
    figure.legend(prop=font(10), ncols=3, frameon=False, loc="outside lower left", handletextpad=0)
