"""Draw the learning curves of a training run. Imported by `model.training.train` only, when a run ends."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator


def draw_learning_curves(history: Mapping[str, Sequence[float]]) -> bytes:
    """Return a PNG of loss and accuracy by epoch, train beside validation, as the book draws them.

    `history` is Keras' own: `loss`, `val_loss`, `accuracy`, `val_accuracy`, one number an epoch.
    """
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        epochs = range(1, len(history[name]) + 1)
        axis.plot(epochs, history[name], "b-o", markersize=4, label="train")
        axis.plot(epochs, history[f"val_{name}"], "r-o", markersize=4, label="validation")
        axis.set(xlabel="epoch", ylabel=name)
        axis.set_xlim(0.5, len(epochs) + 0.5)  # a fine-tuning may need one epoch only
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axis.grid(alpha=0.3)
        axis.legend()
    picture = io.BytesIO()
    figure.savefig(picture, dpi=100, format="png")
    plt.close(figure)
    return picture.getvalue()
