"""Fine-tune a version with examples: teach → export → prove parity → judge → publish. Seconds to a minute.

Three things keep the network from forgetting what it knew: it goes on reading the sentences of `model.replay` with
what it said of them before as their targets (learning without forgetting, Li and Hoiem 2016); every step pulls the
weights back to where they started (L2-SP, Li et al. 2018, decoupled from Adam's step as AdamW does it); and it stops
as soon as it has learned the examples. `model.finetune_commands` is the command line.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.artifact import NETWORK, VOCABULARY, WEIGHTS, Manifest, ModelError, publish, read_manifest
from model.batches import cut
from model.classifier import Classifier, read
from model.curves import draw_learning_curves
from model.examples import Example, ExampleLabel, newest_of_each_text, split_held_back
from model.export import WEIGHT_NAMES, Weights, export_onnx
from model.gate import Gate, golden_examples, judge
from model.metrics import Probabilities, flag_share, flag_threshold
from model.mixture import Mixture
from model.network import FrontPadded, book_network
from model.replay import EVERYDAY, Lesson, compose, prepare, read_sentences
from model.train import CURVES, Progress, prove_parity
from model.vocabulary import MAX_LENGTH

MAX_EVERYDAY_FLAGGED = 0.01

_NEUTRAL_TOLERANCE = 0.25  # a neutral text is learned when P(positive) is this near its target
_SECONDS_BETWEEN_REPORTS = 1.0


class FinetuneError(ModelError):
    """There is nothing to learn, or the base's weights cannot be trained on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class FinetuneRecipe:
    """The numbers of a fine-tuning, written into the version it makes."""

    name: str = "fine-tune"
    max_epochs: int = 12
    batch_size: int = 128
    learning_rate: float = 2e-3
    pull: float = 3e-4  # of the way back to the base's weights, at each step
    n_replayed: int = 2048  # sentences replayed in an epoch, half everyday and half reviews
    n_taught: int = 64  # rows of examples in an epoch, at least
    enough: float = 0.95  # it stops when this share of the examples is learned ...
    patience: int = 3  # ... or so many epochs have taught it no more of them
    chat_target: float = 0.5  # P(positive) that neutral examples are taught: the base's own


@dataclass(frozen=True, slots=True)
class Finetuning:
    """One fine-tuning: from which version, with which examples (the oldest first), from which seed, to which folder."""

    base: Path
    examples: Sequence[Example]
    output: Path
    seed: int = 42
    command: str = ""
    recipe: FinetuneRecipe = FinetuneRecipe()


def finetune(run: Finetuning, report: Progress) -> tuple[Manifest, Gate]:
    """Teach a version its examples; publish what results at `run.output`, and judge it against the base.

    Publishing the folder decides nothing: whoever serves versions goes by the gate. `report` gets JSON objects:
    `event` is "batch" (once a second), "epoch" (accuracy: of the examples, val_accuracy: of the golden set) or "done"
    with `version`, `threshold`, `metrics` and `gate`. The same seed, base and examples make the same weights.

    Raises:
        FinetuneError: There is no example to learn, or the base's weights cannot be read.
        ModelError: The base is missing or damaged.
        ParityError: ONNX Runtime and Keras differ by more than 1e-5.
    """
    started = time.monotonic()
    base, recipe = Classifier.load(run.base), _with_neutral_target(run)
    taught, held_back = split_held_back(newest_of_each_text(run.examples))
    if not taught:
        raise FinetuneError("There must be at least one example with Hangul or digits in it to learn from.")
    tuner = _Tuner(base, _read_weights(run.base), recipe, report)
    lesson = prepare(taught, base, recipe.chat_target)
    tuner.teach(lesson, compose(lesson, base, recipe.n_taught, recipe.n_replayed, recipe.batch_size, run.seed))
    with TemporaryDirectory() as folder:
        candidate, difference = _export(tuner, run.output.name, Path(folder))
    gate = judge(candidate, base, held_back, difference)
    provenance = _provenance(run, recipe, len(taught), len(held_back), tuner.history, time.monotonic() - started)
    metrics = _metrics(tuner, candidate, difference, gate)
    manifest = Manifest(run.output.name, candidate.threshold, metrics, {"parent": base.version, **provenance})
    _publish(run.output, manifest, tuner)
    report({"event": "done", **_outcome(manifest), "gate": gate.as_json()})
    return manifest, gate


class _Tuner:
    """The network while it is taught, with its learning curves."""

    def __init__(self, base: Classifier, weights: Weights, recipe: FinetuneRecipe, report: Progress) -> None:
        self.base, self._recipe, self._report = base, recipe, report
        self.network = book_network(len(base.vocabulary))
        self._start: list[NDArray[np.float32]] = [weights[name] for name in WEIGHT_NAMES]
        self.network.set_weights(self._start)
        self._model = FrontPadded(self.network)
        self._model(np.zeros((1, MAX_LENGTH), np.int32))  # builds it
        self._model.compile(optimizer="adam", loss="binary_crossentropy", weighted_metrics=[])
        self._model.optimizer.learning_rate = recipe.learning_rate
        polar = [example for example in golden_examples() if example.label != ExampleLabel.NEUTRAL]
        self._golden = prepare(polar, base, recipe.chat_target)
        self.history: dict[str, list[float]] = {}
        self._reported_at = 0.0

    @property
    def weights(self) -> Weights:
        return dict(zip(WEIGHT_NAMES, self.network.get_weights(), strict=True))

    def teach(self, lesson: Lesson, mixture: Mixture) -> None:
        """Fit until the examples are learned, or cannot be."""
        for epoch in range(1, self._recipe.max_epochs + 1):
            loss = self._epoch(epoch, mixture)
            self._measure(epoch, len(mixture), loss, lesson)
            learned = self.history["accuracy"]
            if learned[-1] >= self._recipe.enough or epoch - 1 - int(np.argmax(learned)) >= self._recipe.patience:
                break

    def _epoch(self, epoch: int, mixture: Mixture) -> float:
        losses: list[float] = []
        for batch, (ids, targets, weights) in enumerate(mixture.epoch(epoch), 1):
            losses.append(float(self._model.train_on_batch(ids, targets, weights)))
            self._pull_back()
            if time.monotonic() - self._reported_at >= _SECONDS_BETWEEN_REPORTS:
                self._reported_at = time.monotonic()
                totals = self._totals(epoch, len(mixture))
                self._report({"event": "batch", "batch": batch, **totals, "loss": losses[-1]})
        return float(np.mean(losses))

    def _pull_back(self) -> None:
        pull, pairs = self._recipe.pull, zip(self.network.get_weights(), self._start, strict=True)
        self.network.set_weights([now + pull * (start - now) for now, start in pairs])

    def _measure(self, epoch: int, n_batches: int, loss: float, lesson: Lesson) -> None:
        """Add an epoch to the learning curves and report it; nothing is chosen by the golden figures."""
        golden = self._probabilities(self._golden)
        figures = {
            "loss": loss,
            "accuracy": _share_learned(self._probabilities(lesson), lesson.targets),
            "val_loss": _cross_entropy(golden, self._golden.targets),
            "val_accuracy": _share_learned(golden, self._golden.targets),
        }
        for name, value in figures.items():
            self.history.setdefault(name, []).append(value)
        self._report({"event": "epoch", **self._totals(epoch, n_batches), **figures})

    def _totals(self, epoch: int, n_batches: int) -> dict[str, int]:
        return {"epoch": epoch, "n_epochs": self._recipe.max_epochs, "n_batches": n_batches}

    def _probabilities(self, lesson: Lesson) -> Probabilities:
        answers = self._model.predict(cut(lesson.ids), batch_size=1024, verbose=0)
        return np.asarray(answers, np.float32)[:, 0]


def _share_learned(probability: Probabilities, targets: NDArray[np.float32]) -> float:
    """Return the share on their side of 0.5; neutral ones, whose target is no side, must come near their target."""
    is_polar = (targets == 0) | (targets == 1)
    on_its_side = (probability > 0.5) == (targets > 0.5)
    is_near = np.abs(probability - targets) <= _NEUTRAL_TOLERANCE
    return float(np.mean(np.where(is_polar, on_its_side, is_near)))


def _cross_entropy(probability: Probabilities, targets: NDArray[np.float32]) -> float:
    answer = np.where(targets > 0.5, probability, 1 - probability).astype(np.float64)
    return float(-np.log(np.maximum(answer, 1e-7)).mean())


def _with_neutral_target(run: Finetuning) -> FinetuneRecipe:
    recipe = read_manifest(run.base).provenance.get("recipe", {})
    return replace(run.recipe, chat_target=float(recipe.get("chat_target", run.recipe.chat_target)))


def _read_weights(base: Path) -> Weights:
    try:
        with np.load(base / WEIGHTS, allow_pickle=False) as file:
            return {name: file[name] for name in WEIGHT_NAMES}
    except (OSError, ValueError, KeyError) as error:
        raise FinetuneError(f"{base / WEIGHTS} must hold the arrays {', '.join(WEIGHT_NAMES)}: {error}") from error


def _export(tuner: _Tuner, name: str, folder: Path) -> tuple[Classifier, float]:
    """Return the candidate as it will be served, with its threshold, and its largest difference to Keras."""
    export_onnx(tuner.weights, folder / NETWORK)
    network = (folder / NETWORK).read_bytes()
    candidate = Classifier(name, tuner.base.threshold, tuner.base.vocabulary, network)
    difference = prove_parity(candidate, tuner.network, [read(example.text) for example in golden_examples()])
    candidate.threshold = _threshold(candidate, tuner.base)
    return candidate, difference


def _threshold(candidate: Classifier, base: Classifier) -> float:
    """Keep the base's threshold unless more everyday sentences are flagged at it, and above 1 %; then raise it."""
    everyday = read_sentences(EVERYDAY)
    now, before = (classifier.probabilities(everyday) for classifier in (candidate, base))
    allowed = max(MAX_EVERYDAY_FLAGGED, flag_share(before, base.threshold))
    if flag_share(now, base.threshold) <= allowed:
        return base.threshold
    lowest = flag_threshold(now, MAX_EVERYDAY_FLAGGED)
    return float(min(max(np.ceil(lowest * 1e4) / 1e4, base.threshold), 1.0))


def _metrics(tuner: _Tuner, candidate: Classifier, difference: float, gate: Gate) -> dict[str, Any]:
    everyday = candidate.probabilities(read_sentences(EVERYDAY))
    return {
        "threshold": candidate.threshold,
        "largest_difference_to_keras": difference,
        "examples_learned": tuner.history["accuracy"][-1],
        "everyday_flagged": flag_share(everyday, candidate.threshold),
        "checks": gate.as_json()["checks"],
    }


def _provenance(
    run: Finetuning,
    recipe: FinetuneRecipe,
    n_examples: int,
    n_held_back: int,
    history: Mapping[str, Sequence[float]],
    seconds: float,
) -> dict[str, Any]:
    return {
        "command": run.command,
        "recipe": asdict(recipe),
        "seed": run.seed,
        "n_examples": n_examples,
        "n_held_back": n_held_back,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "keras": version("keras"),
        "tensorflow": version("tensorflow"),
        "history": dict(history),
    }


def _publish(output: Path, manifest: Manifest, tuner: _Tuner) -> None:
    def write_files(folder: Path) -> None:
        tuner.base.vocabulary.save(folder / VOCABULARY)
        np.savez(folder / WEIGHTS, **tuner.weights)  # type: ignore[arg-type]
        export_onnx(tuner.weights, folder / NETWORK)
        draw_learning_curves(tuner.history, folder / CURVES)

    publish(output, manifest, write_files)


def _outcome(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in ("version", "threshold", "metrics")}
