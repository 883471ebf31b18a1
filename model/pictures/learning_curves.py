"""Draw the learning curves of a training run. Imported by the trainings only, which draw when a run ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from model.pictures.style import FAINT, INK, NEGATIVE, POSITIVE, as_png, font, new_figure, write_title


@dataclass(frozen=True, slots=True)
class CurveCaptions:
    """What the picture says: the book's English, as a version carries it wherever it goes."""

    loss: str = "loss"
    accuracy: str = "accuracy"
    epoch: str = "epoch"
    train: str = "train"
    validation: str = "validation"
    loss_title: str = "train and val loss"
    accuracy_title: str = "train and val acc"


def draw_learning_curves(history: Mapping[str, Sequence[float]], captions: CurveCaptions = CurveCaptions()) -> bytes:
    """Return a PNG of loss and accuracy by epoch, train beside validation, as the book draws them.

    `history` is Keras' own: `loss`, `val_loss`, `accuracy`, `val_accuracy`, one number an epoch.
    """
    figure = new_figure(10, 4)
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        lines = ((name, captions.train, POSITIVE, "-o"), (f"val_{name}", captions.validation, NEGATIVE, "--s"))
        for key, caption, colour, kind in lines:
            epochs = range(1, len(history[key]) + 1)
            axes.plot(epochs, history[key], kind, color=colour, markersize=4, label=caption)
        _draw_axes(axes, len(history[name]), captions.epoch, getattr(captions, name))
        write_title(axes, getattr(captions, f"{name}_title"))
    return as_png(figure)


def _draw_axes(axes: Axes, n_epochs: int, epoch: str, name: str) -> None:
    axes.set_xlabel(epoch, fontproperties=font(11), color=INK)
    axes.set_ylabel(name, fontproperties=font(11), color=INK)
    axes.set_xlim(0.5, n_epochs + 0.5)  # a fine-tuning may need one epoch only
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(color=FAINT, lw=0.6)
    axes.legend(prop=font(10))
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font(10))
