"""The one way the chapter's networks are trained: Adam, batches in random order, validation on the last rows.

A training keeps its checkpoints in its folder and goes on from its last whole epoch; what came of it is `result.json`.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras

from model.book.imdb import Rows
from model.errors import CommandError
from model.evaluation.metrics import polarity_metrics
from model.events import Report
from model.pictures.learning_curves import draw_learning_curves
from model.training.fit import Figures, LearningCurves

RESULT, WEIGHTS, CURVES = "result.json", "network.weights.h5", "learning_curves.png"
_TEST_BATCH_SIZE = 256
_TRAINING, _HISTORY, _BACKUP = "training.json", "history.json", "backup"


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long, in which batches and by which part of the rows a network is trained; the last rows validate."""

    epochs: int
    batch_size: int = 32
    validation_share: float = 0.2
    seed: int = 42


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a training: figures on rows that it never saw."""

    name: str
    n_parameters: int
    epochs: int
    seconds_per_epoch: float
    test_loss: float
    test_accuracy: float
    negative_f1: float  # of the test rows
    history: dict[str, list[float]]  # Keras' names, one number an epoch; seconds too
    facts: dict[str, Any]  # what else there is to say of it

    def write(self, folder: Path) -> None:
        """Write the figures, and the picture of the curves."""
        (folder / RESULT).write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        (folder / CURVES).write_bytes(draw_learning_curves(self.history))

    @classmethod
    def read(cls, folder: Path) -> Result:
        """Read what `write` wrote.

        Raises:
            CommandError: There is no finished training in the folder.
        """
        try:
            return cls(**json.loads((folder / RESULT).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise CommandError(f"{folder} must hold a finished training ({RESULT}): {error}") from error


def fit(network: keras.Model, rows: Rows, schedule: Schedule, folder: Path, report: Report) -> dict[str, list[float]]:
    """Train a network in place; return its figures by epoch, those of a training that was taken up again too."""
    _compile(network)
    n_train = len(rows) - int(len(rows) * schedule.validation_share)
    n_batches = -(-n_train // schedule.batch_size)
    curves = LearningCurves(report, schedule.epochs, n_batches, _with_seconds(), folder / _HISTORY)
    network.fit(
        rows.ids[:n_train],
        rows.labels[:n_train],
        validation_data=(rows.ids[n_train:], rows.labels[n_train:]),
        batch_size=schedule.batch_size,
        epochs=schedule.epochs,
        callbacks=[keras.callbacks.BackupAndRestore(folder / _BACKUP, delete_checkpoint=False), curves],
        verbose=0,
    )
    return curves.values


def train(
    name: str,
    build: Callable[[], keras.Model],
    train_rows: Rows,
    test_rows: Rows,
    schedule: Schedule,
    folder: Path,
    report: Report,
    **facts: object,
) -> Result:
    """Train a network, measure it on the test rows once, at the end, and write everything to `folder`.

    Raises:
        CommandError: The folder holds another training.
    """
    keras.utils.set_random_seed(schedule.seed)
    network = build()
    facts |= {"n_train": len(train_rows), "n_test": len(test_rows), "length": train_rows.ids.shape[1]}
    _begin(folder, {"name": name, **asdict(schedule), **facts})
    history = fit(network, train_rows, schedule, folder, report)
    network.save_weights(folder / WEIGHTS)
    result = measure(name, network, test_rows, history, {"seed": schedule.seed, **facts})
    result.write(folder)
    return result


def load_weights(network: keras.Model, folder: Path) -> None:
    """Give a network the weights of a finished training.

    Raises:
        CommandError: There are none in the folder, or those of another network.
    """
    try:
        network.load_weights(folder / WEIGHTS)
    except (OSError, ValueError, KeyError) as error:
        told = " ".join(str(error).split())
        raise CommandError(f"{folder} must hold the weights of a finished training ({WEIGHTS}): {told}") from error


def measure(
    name: str, network: keras.Model, test_rows: Rows, history: dict[str, list[float]], facts: dict[str, Any]
) -> Result:
    """Return what came of a training, measured on rows that it never saw."""
    _compile(network)
    loss, accuracy = network.evaluate(test_rows.ids, test_rows.labels, batch_size=_TEST_BATCH_SIZE, verbose=0)
    probability = network.predict(test_rows.ids, batch_size=_TEST_BATCH_SIZE, verbose=0)[:, 0]
    negative_f1 = polarity_metrics(probability, test_rows.labels > 0.5)["negative_f1"]
    return Result(
        name,
        network.count_params(),
        len(history["loss"]),
        statistics.median(history["seconds"]),
        float(loss),
        float(accuracy),
        float(negative_f1),  # type: ignore[arg-type]
        history,
        facts,
    )


def _compile(network: keras.Model) -> None:
    network.compile(keras.optimizers.Adam(), "binary_crossentropy", metrics=["accuracy"])


def _begin(folder: Path, training: dict[str, Any]) -> None:
    """Note in the folder what is trained there; how many epochs may change from one time to the next."""
    path = folder / _TRAINING
    training = {name: value for name, value in training.items() if name != "epochs"}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else training
        path.write_text(json.dumps(before), encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CommandError(f"{folder} cannot be used for a training: {error}. Choose another with --output.") from error
    if changed := [name for name in training if before.get(name) != training[name]]:
        raise CommandError(
            f"{folder} holds another training: its {', '.join(changed)} differs. Choose another folder with --output."
        )


def _with_seconds() -> Callable[[Figures], Figures]:
    """Return what adds the seconds of an epoch to its figures, validation included."""
    began = time.monotonic()

    def measure(figures: Figures) -> Figures:
        nonlocal began
        ended = time.monotonic()
        seconds, began = ended - began, ended
        return {**figures, "seconds": seconds}

    return measure
