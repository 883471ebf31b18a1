"""The one way a network is fitted: the epochs of a mixture, what is reported of them, and their learning curves."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from model.events import BatchEvent, EpochEvent, Report
from model.training.mixing.mixture import Batch, Mixture
from model.training.network import FrontPadded
from model.training.ranked_tail import N_COLUMNS, RankedTail
from model.vocabulary import MAX_LENGTH

Figures = Mapping[str, float]

_SECONDS_BETWEEN_REPORTS = 1.0
_OF_BATCH, _OF_EPOCH = ("loss", "accuracy"), ("loss", "accuracy", "val_loss", "val_accuracy")


def compiled(
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    loss: RankedTail,
    dropout: float = 0.0,
    metrics: Sequence[object] = (),
) -> FrontPadded:
    """Return what fits a network in place; its variables exist, so that a backup can be restored into them."""
    model = FrontPadded(network, dropout)
    model(np.zeros((1, MAX_LENGTH), np.int32))
    model.compile(optimizer, loss=loss, weighted_metrics=[], metrics=list(metrics))
    return model


def fit(
    model: keras.Model,
    mixture: Mixture,
    n_epochs: int,
    callbacks: Sequence[keras.callbacks.Callback],
    validation: Sequence[Batch] = (),
) -> None:
    """Fit a compiled model to the epochs of a mixture; `model.stop_training` ends it after an epoch."""
    epochs = _Epochs(mixture)
    model.fit(
        _dataset(epochs.batches, len(mixture)),
        epochs=n_epochs,
        validation_data=_dataset(lambda: iter(validation), len(validation)) if validation else None,
        callbacks=[epochs, *callbacks],
        shuffle=False,  # an epoch's batches come in random order
        verbose=0,
    )


class LearningCurves(keras.callbacks.Callback):
    """Reports batches, at most one a second, and epochs; keeps the epochs' figures by name, one number an epoch.

    `measure` makes an epoch's figures of Keras' logs. `path` keeps them in a file, so that a run that is taken up
    again still has its whole curves.
    """

    def __init__(
        self,
        report: Report,
        n_epochs: int,
        n_batches: int,
        measure: Callable[[Figures], Figures] = dict,
        path: Path | None = None,
    ) -> None:
        super().__init__()
        self._report, self._measure, self._path = report, measure, path
        self._n_epochs, self._n_batches = n_epochs, n_batches
        self._epoch, self._reported_at = 0, 0.0
        self.values: dict[str, list[float]] = json.loads(path.read_text()) if path and path.exists() else {}

    def on_epoch_begin(self, epoch: int, logs: Figures | None = None) -> None:
        """Note where Keras is."""
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: Figures | None = None) -> None:
        """Report the batch, unless another was just now."""
        if time.monotonic() - self._reported_at < _SECONDS_BETWEEN_REPORTS:
            return
        self._reported_at = time.monotonic()
        self._report(
            BatchEvent(
                epoch=self._epoch,
                n_epochs=self._n_epochs,
                batch=batch + 1,
                n_batches=self._n_batches,
                **_chosen(logs or {}, _OF_BATCH),
            )
        )

    def on_epoch_end(self, epoch: int, logs: Figures | None = None) -> None:
        """Keep and report what was measured."""
        figures = self._measure(logs or {})
        for name, value in figures.items():
            self.values[name] = [*self.values.get(name, [])[:epoch], float(value)]
        if self._path:
            self._path.write_text(json.dumps(self.values))
        chosen = _chosen(figures, _OF_EPOCH)
        self._report(EpochEvent(epoch=epoch + 1, n_epochs=self._n_epochs, n_batches=self._n_batches, **chosen))


class _Epochs(keras.callbacks.Callback):
    """Hands out the batches of the epoch that Keras is at, which is not the first when a run is taken up again."""

    def __init__(self, mixture: Mixture) -> None:
        super().__init__()
        self._mixture = mixture
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Figures | None = None) -> None:
        self._epoch = epoch

    def batches(self) -> Iterator[Batch]:
        return self._mixture.epoch(self._epoch)


def _chosen(figures: Figures, names: Sequence[str]) -> dict[str, float]:
    return {name: float(figures[name]) for name in names if name in figures}


def _dataset(batches: Callable[[], Iterator[Batch]], n_batches: int) -> tf.data.Dataset:
    floats = (tf.TensorSpec((None, n_columns), tf.float32) for n_columns in (N_COLUMNS, 1))
    signature = (tf.TensorSpec((None, None), tf.int32), *floats)
    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(n_batches)).prefetch(4)
