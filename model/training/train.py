"""Train a model version: mix → fit → export → prove parity → choose the threshold → evaluate → publish."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from model.classifier import Classifier
from model.corpora.readers import Corpus
from model.corpora.splits import Corpora
from model.errors import ParityError
from model.evaluation.evaluate import choose_threshold, evaluate
from model.evaluation.judge import judge
from model.examples import Example, newest_of_each_text, split_held_back
from model.gate import Gate
from model.pictures.learning_curves import draw_learning_curves
from model.training.batches import batches_by_length, cut, text_lengths
from model.training.export import export_onnx
from model.training.mixture import Batch, Mixture, mix
from model.training.network import FrontPadded, book_network
from model.training.recipes import Recipe
from model.training.teacher import Lesson, load_lesson
from model.versions.archive import CURVES
from model.versions.version import NETWORK, VOCABULARY, WEIGHTS, Manifest, publish, read_manifest, read_vocabulary
from model.versions.weights import WEIGHT_NAMES, Weights, read_weights
from model.vocabulary import MAX_LENGTH, Vocabulary

PARITY_TOLERANCE = 1e-5

_N_PARITY_TEXTS = 512
_N_WARM_UP_STEPS = 300
_CLIP_NORM = 1.0
_EVALUATION_BATCH_SIZE = 1024
_SECONDS_BETWEEN_REPORTS = 1.0

Progress = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Run:
    """One training run: what to train, on what, from which seed, and where its checkpoints and its version go."""

    recipe: Recipe
    corpora: Corpora
    seed: int
    output: Path
    checkpoints: Path
    command: str
    base: Path | None = None  # the version whose weights to begin with; its vocabulary stays
    current: Path | None = None  # the version that this one would replace, if it must pass the gate
    examples: Sequence[Example] = ()  # what people have labelled, the oldest first


def train(run: Run, report: Progress) -> tuple[Manifest, Gate | None]:
    """Train and publish a version at `run.output`; a run that was broken off goes on from its last whole epoch.

    `report` gets JSON objects: `event` is "teacher"; "batch" (once a second) or "epoch", with `epoch`, `n_epochs`,
    `n_batches` and Keras' logs; or "done". The gate judges the version beside `run.current`; publishing the folder
    decides nothing.

    Raises:
        ParityError: ONNX Runtime and Keras differ by more than 1e-5 on held-out texts.
    """
    started = time.monotonic()
    keras.utils.set_random_seed(run.seed)
    run.checkpoints.mkdir(parents=True, exist_ok=True)
    vocabulary = _vocabulary_of(run.base) if run.base else _fit_vocabulary(run)
    report({"event": "teacher", "share": run.recipe.teacher_share})
    taught, held_back = split_held_back(newest_of_each_text(run.examples))
    mixture = mix(run.recipe, run.corpora, _lessons(run), vocabulary, run.seed, taught)
    network = book_network(len(vocabulary))
    if run.base:
        network.set_weights(list(read_weights(run.base, len(vocabulary)).values()))
    history = _fit(network, mixture, vocabulary, run, report)
    manifest = _publish(run, network, vocabulary, history, time.monotonic() - started)
    gate = _judge(run, manifest, held_back)
    outcome = {name: getattr(manifest, name) for name in ("version", "threshold", "metrics")}
    report({"event": "done", **outcome, "gate": gate.as_json() if gate else None})
    return manifest, gate


def _judge(run: Run, manifest: Manifest, held_back: Sequence[Example]) -> Gate | None:
    if run.current is None:
        return None
    candidate, current = Classifier.load(run.output), Classifier.load(run.current)
    return judge(candidate, current, held_back, manifest.metrics["largest_difference_to_keras"])


def _vocabulary_of(base: Path) -> Vocabulary:
    read_manifest(base)  # checks the files
    return read_vocabulary(base)


def _fit_vocabulary(run: Run) -> Vocabulary:
    texts = [text for split in run.corpora.splits() for text in split.train.texts]
    return Vocabulary.fit(texts, run.recipe.min_character_count)


def _lessons(run: Run) -> dict[str, Lesson]:
    """Return what the teacher says of the reviews to learn from, by the name of their corpus."""
    if not run.recipe.teacher_share:
        return {}
    reviews = [split.train for split in run.corpora.polar()]
    sharpness = run.recipe.teacher_sharpness
    return {c.name: load_lesson(c, run.seed, run.checkpoints).sharpened(sharpness) for c in reviews}


def _fit(
    network: keras.Model, mixture: Mixture, vocabulary: Vocabulary, run: Run, report: Progress
) -> dict[str, list[float]]:
    """Fit the network in place; return loss and accuracy by epoch, of a run taken up again too."""
    recipe = run.recipe
    model = FrontPadded(network, recipe.dropout)
    model(np.zeros((1, MAX_LENGTH), np.int32))  # builds it: a backup can only be restored into variables that exist
    model.compile(_optimizer(recipe, len(mixture)), loss="binary_crossentropy", weighted_metrics=[], metrics=[accuracy])
    epochs = _Epochs(mixture)
    history = _History(run.checkpoints / "history.json", recipe.epochs, len(mixture), report)
    backup = keras.callbacks.BackupAndRestore(run.checkpoints / "backup", delete_checkpoint=False)
    held_out = list(_held_out([split.validation for split in run.corpora.polar()], vocabulary))
    validation = _dataset(lambda: iter(held_out), len(held_out))
    model.fit(
        _dataset(epochs.batches, len(mixture)),
        epochs=recipe.epochs,
        validation_data=validation,
        callbacks=[epochs, backup, history],
        shuffle=False,  # an epoch's batches come in random order
        verbose=0,
    )
    return history.values


def fit_mixture(
    model: keras.Model,
    mixture: Mixture,
    n_epochs: int,
    on_batch_end: Callable[[int, Mapping[str, float] | None], None],
    on_epoch_end: Callable[[int, Mapping[str, float] | None], None],
) -> None:
    """Fit a compiled model to the epochs of a mixture; `model.stop_training` ends it after an epoch."""
    epochs = _Epochs(mixture)
    hooks = keras.callbacks.LambdaCallback(on_train_batch_end=on_batch_end, on_epoch_end=on_epoch_end)
    batches = _dataset(epochs.batches, len(mixture))
    model.fit(batches, epochs=n_epochs, callbacks=[epochs, hooks], shuffle=False, verbose=0)


def accuracy(targets: keras.KerasTensor, probability: keras.KerasTensor) -> keras.KerasTensor:
    """Return, for each text, whether the answer falls on the target's side of 0.5; neutral targets lie on both."""
    return ops.cast((targets - 0.5) * (probability - 0.5) >= 0, "float32")


def _optimizer(recipe: Recipe, n_batches: int) -> keras.optimizers.Optimizer:
    if not recipe.uses_cosine:
        return keras.optimizers.Adam(recipe.learning_rate)
    n_steps = n_batches * recipe.epochs
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=recipe.learning_rate / 30,
        warmup_target=recipe.learning_rate,
        warmup_steps=min(_N_WARM_UP_STEPS, n_steps // 10),
        decay_steps=max(n_steps - _N_WARM_UP_STEPS, 1),
    )
    return keras.optimizers.Adam(rate, global_clipnorm=_CLIP_NORM)


def _dataset(batches: Callable[[], Iterator[Batch]], n_batches: int) -> tf.data.Dataset:
    columns = tf.TensorSpec((None, 1), tf.float32)
    signature = (tf.TensorSpec((None, None), tf.int32), columns, columns)
    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(n_batches)).prefetch(4)


def _held_out(corpora: list[Corpus], vocabulary: Vocabulary) -> Iterator[Batch]:
    generator = np.random.default_rng(0)
    for corpus in corpora:
        ids = vocabulary.encode(corpus.texts)
        for rows in batches_by_length(text_lengths(ids), _EVALUATION_BATCH_SIZE, generator):
            targets = corpus.targets[rows, None]
            yield cut(ids[rows]), targets, np.ones_like(targets)


class _Epochs(keras.callbacks.Callback):
    """Hands out the batches of the epoch that Keras is at, which is not the first when a run is taken up again."""

    def __init__(self, mixture: Mixture) -> None:
        super().__init__()
        self._mixture = mixture
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._epoch = epoch

    def batches(self) -> Iterator[Batch]:
        return self._mixture.epoch(self._epoch)


class _History(keras.callbacks.Callback):
    """Keeps what Keras measures in a file, so that a run taken up again still draws its whole curves."""

    def __init__(self, path: Path, n_epochs: int, n_batches: int, report: Progress) -> None:
        super().__init__()
        self._path, self._report = path, report
        self._totals = {"n_epochs": n_epochs, "n_batches": n_batches}
        self._epoch, self._reported_at = 0, 0.0
        self.values: dict[str, list[float]] = json.loads(path.read_text()) if path.exists() else {}

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        if time.monotonic() - self._reported_at >= _SECONDS_BETWEEN_REPORTS:
            self._reported_at = time.monotonic()
            self._report({"event": "batch", "epoch": self._epoch, "batch": batch + 1, **self._totals, **(logs or {})})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        for name, value in (logs or {}).items():
            self.values[name] = [*self.values.get(name, [])[:epoch], float(value)]
        self._path.write_text(json.dumps(self.values))
        self._report({"event": "epoch", "epoch": epoch + 1, **self._totals, **(logs or {})})


def _publish(
    run: Run, network: keras.Model, vocabulary: Vocabulary, history: dict[str, list[float]], seconds: float
) -> Manifest:
    weights: Weights = dict(zip(WEIGHT_NAMES, network.get_weights(), strict=True))

    def write_files(folder: Path) -> None:
        vocabulary.save(folder / VOCABULARY)
        np.savez(folder / WEIGHTS, **weights)  # type: ignore[arg-type]
        export_onnx(weights, folder / NETWORK)
        draw_learning_curves(history, folder / CURVES)

    candidate = run.checkpoints / NETWORK
    export_onnx(weights, candidate)
    classifier = Classifier(run.output.name, 1.0, vocabulary, candidate.read_bytes())
    difference = prove_parity(classifier, network, run.corpora.polar()[0].test.texts[:_N_PARITY_TEXTS])
    threshold = choose_threshold(classifier, run.corpora)
    metrics = evaluate(classifier, run.corpora, threshold) | {"largest_difference_to_keras": difference}
    manifest = Manifest(run.output.name, threshold, metrics, _provenance(run, seconds) | {"history": history})
    publish(run.output, manifest, write_files)
    return manifest


def prove_parity(classifier: Classifier, network: keras.Model, texts: list[str]) -> float:
    """Return the largest difference between the served and the Keras network on cleaned texts.

    Raises:
        ParityError: It is above 1e-5.
    """
    expected = network.predict(classifier.vocabulary.encode(texts), batch_size=_EVALUATION_BATCH_SIZE, verbose=0)[:, 0]
    difference = float(np.abs(classifier.probabilities(texts) - expected).max())
    if difference > PARITY_TOLERANCE:
        raise ParityError(f"ONNX Runtime must equal Keras within {PARITY_TOLERANCE}. Largest difference: {difference}")
    return difference


def _provenance(run: Run, seconds: float) -> dict[str, Any]:
    corpora = {s.train.name: [len(s.train), len(s.validation), len(s.test)] for s in run.corpora.splits()}
    return {
        "command": run.command,
        "recipe": asdict(run.recipe),
        "seed": run.seed,
        "base": read_manifest(run.base).provenance if run.base else None,
        "n_train_validation_test": corpora,
        "n_own_chat": len(run.corpora.own_chat),
        "n_examples": len(run.examples),
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "python": platform.python_version(),
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
    }
