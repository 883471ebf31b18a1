"""Draw how far back networks remember: how much their answer still depends on a step that lies t steps back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.pictures.style import FAINT, INK, as_png, font, new_figure, write_title


@dataclass(frozen=True, slots=True)
class DependenceLine:
    """One network: its dependence by steps back, (n_steps,), relative to the last step's."""

    name: str
    values: NDArray[np.floating]
    colour: str
    is_dashed: bool = False


def draw_dependence(lines: Sequence[DependenceLine], title: str, steps: str, dependence: str) -> bytes:
    """Return a PNG with a logarithmic axis: 1 is the last step's dependence."""
    figure = new_figure(8, 4.5)
    axes = figure.add_subplot()
    for line in lines:
        axes.plot(line.values, color=line.colour, lw=1.8, ls="--" if line.is_dashed else "-", label=line.name)
    axes.set_yscale("log")
    lowest = min(float(line.values.min()) for line in lines)
    axes.set_ylim(max(lowest, 1e-8) / 3, None)
    axes.set_xlim(0, max(len(line.values) for line in lines) - 1)
    axes.set_xlabel(steps, fontproperties=font(11), color=INK)
    axes.set_ylabel(dependence, fontproperties=font(11), color=INK)
    axes.grid(color=FAINT, lw=0.6)
    axes.legend(prop=font(10))
    write_title(axes, title)
    axes.tick_params(labelsize=9)
    for spine in ("top", "right"):
        axes.spines[spine].set_visible(False)
    return as_png(figure)
