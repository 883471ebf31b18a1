"""Fine-tune a version with examples: teach → export → prove parity → judge → publish. Seconds to a minute.

Three things keep the network from forgetting what it knew: it goes on reading the sentences of `mixing.replay`
with what it said of them before as their targets (learning without forgetting, Li and Hoiem 2016); every step pulls the
weights back to where they started (L2-SP, Li et al. 2018, decoupled from Adam's step as AdamW does it); and it stops as
soon as it has learned the examples. `model.commands.training` is the command line.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model.classifier import Classifier
from model.corpora.shipped import read_shipped_lines
from model.data.paths import ANNOUNCEMENTS, CHAT, MIXED_REVIEWS, TALK
from model.errors import FinetuneError
from model.evaluation.judge import judge
from model.evaluation.metrics import flag_share, flag_threshold
from model.events import DoneEvent, Report
from model.examples import Example, ExampleLabel, as_read, newest_of_each_text, split_held_back, target_of
from model.gate import Gate
from model.golden import golden_examples
from model.pictures.learning_curves import draw_learning_curves
from model.prediction import Probabilities
from model.training.fit import LearningCurves, compiled, fit
from model.training.mixing.mixture import Mixture
from model.training.mixing.replay import encode_examples, mix_with_replay
from model.training.network import book_network
from model.training.publish import ExportedNetwork, prove_parity, provenance, publish_version, weights_of
from model.training.ranked_tail import RankedTail
from model.versions.version import Manifest, read_manifest
from model.versions.weights import WEIGHT_NAMES, Weights, read_weights

MAX_EVERYDAY_FLAGGED = 0.01

_NEUTRAL_TOLERANCE = 0.25  # a neutral text is learned when P(positive) is this near its target
_SHARE_NEAR = 0.02  # of the neutral sentences, by which the threshold follows
_SUREST = 1 - 1e-6  # a probability whose logit is a number


@dataclass(frozen=True, slots=True)
class FinetuneRecipe:
    """The numbers of a fine-tuning, written into the version it makes."""

    name: str = "fine-tune"
    max_epochs: int = 12
    batch_size: int = 128
    learning_rate: float = 2e-3
    pull: float = 3e-4  # of the way back to the base's weights, at each step
    n_replayed: int = 2048  # sentences replayed in an epoch, of every kind alike
    n_taught: int = 64  # rows of examples in an epoch, at least
    enough: float = 0.95  # it stops when this share of the examples is learned ...
    patience: int = 3  # ... or so many epochs have taught it no more of them
    tail_weight: float = 0.01  # of the ranked tail in the loss
    tail_sharpness: float = 1.5
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


def finetune(run: Finetuning, report: Report) -> tuple[Manifest, Gate]:
    """Teach a version its examples; publish what results at `run.output`, and judge it against the base.

    Publishing the folder decides nothing: whoever serves versions goes by the gate. Of an epoch, `accuracy` is of the
    examples and `val_accuracy` of the golden set. The same seed, base and examples make the same weights.

    Raises:
        FinetuneError: There is no example to learn.
        VersionError: The base is missing or damaged.
        ParityError: ONNX Runtime and Keras differ by more than 1e-5.
    """
    started = time.monotonic()
    base, recipe = Classifier.load(run.base), _with_neutral_target(run)
    taught, held_back = split_held_back(as_read(newest_of_each_text(run.examples)))
    if not taught:
        raise FinetuneError("There must be at least one example with Hangul or digits in it to learn from.")
    tuner = _Tuner(base, read_weights(run.base, len(base.vocabulary)), recipe, report)
    encoded = encode_examples(taught, base, recipe.chat_target)
    tuner.teach(taught, mix_with_replay(encoded, base, recipe.n_taught, recipe.n_replayed, recipe.batch_size, run.seed))
    candidate = tuner.exported.classifier(run.output.name, base.threshold)
    difference = prove_parity(candidate, tuner.network, [example.text for example in golden_examples()])
    candidate.threshold = _threshold(candidate, base)
    gate = judge(candidate, base, held_back, difference)
    metrics = _metrics(tuner, candidate, difference, gate)
    counts = {"n_examples": len(taught), "n_held_back": len(held_back)}
    facts = provenance(run.command, recipe, run.seed, time.monotonic() - started, parent=base.version, **counts)
    manifest = Manifest(run.output.name, candidate.threshold, metrics, facts | {"history": tuner.history})
    publish_version(run.output, manifest, tuner.exported, draw_learning_curves(tuner.history))
    report(DoneEvent(version=manifest.version, threshold=manifest.threshold, metrics=metrics, gate=gate))
    return manifest, gate


class _Tuner:
    """The network while it is taught, with its learning curves, and as it was last exported."""

    def __init__(self, base: Classifier, weights: Weights, recipe: FinetuneRecipe, report: Report) -> None:
        self.base, self._recipe, self._report = base, recipe, report
        self.network = book_network(len(base.vocabulary))
        self.exported = ExportedNetwork.of(base.vocabulary, weights)
        self.history: dict[str, list[float]] = {}
        self._start: list[NDArray[np.float32]] = [weights[name] for name in WEIGHT_NAMES]
        self.network.set_weights(self._start)

    def teach(self, taught: Sequence[Example], mixture: Mixture) -> None:
        """Fit until the examples are learned, or cannot be."""
        recipe = self._recipe
        loss = RankedTail(recipe.tail_weight, recipe.tail_sharpness)
        model = compiled(self.network, keras.optimizers.Adam(recipe.learning_rate), loss)
        curves = LearningCurves(self._report, recipe.max_epochs, len(mixture), partial(self._measure, taught))
        self.history = curves.values

        def stop_when_enough(epoch: int, logs: Mapping[str, float] | None = None) -> None:
            model.stop_training = self._is_enough()

        pull = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs=None: self._pull_back())
        stop = keras.callbacks.LambdaCallback(on_epoch_end=stop_when_enough)
        fit(model, mixture, recipe.max_epochs, [pull, curves, stop])

    def _pull_back(self) -> None:
        pull, pairs = self._recipe.pull, zip(self.network.get_weights(), self._start, strict=True)
        self.network.set_weights([now + pull * (start - now) for now, start in pairs])

    def _measure(self, taught: Sequence[Example], logs: Mapping[str, float]) -> dict[str, float]:
        """Return an epoch's figures; nothing is chosen by the golden ones.

        The served form answers: tracing Keras' `predict` would take longer than the training.
        """
        self.exported = ExportedNetwork.of(self.base.vocabulary, weights_of(self.network))
        classifier, neutral_target = self.exported.classifier("candidate"), self._recipe.chat_target
        polar = [example for example in golden_examples() if example.label != ExampleLabel.NEUTRAL]
        golden, wanted = _answers(classifier, polar, neutral_target)
        return {
            "loss": logs.get("loss", float("nan")),
            "accuracy": _share_learned(*_answers(classifier, taught, neutral_target)),
            "val_loss": _cross_entropy(golden, wanted),
            "val_accuracy": _share_learned(golden, wanted),
        }

    def _is_enough(self) -> bool:
        learned = self.history["accuracy"]
        return learned[-1] >= self._recipe.enough or len(learned) - 1 - int(np.argmax(learned)) >= self._recipe.patience


def _answers(
    classifier: Classifier, examples: Sequence[Example], neutral_target: float
) -> tuple[Probabilities, NDArray[np.float32]]:
    """Return P(positive) of examples and what it ought to be, float32 of shape (n_examples,)."""
    targets = np.array([target_of(example.label, neutral_target) for example in examples], np.float32)
    return classifier.probabilities([example.text for example in examples]), targets


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
    chat_target = read_manifest(run.base).recipe.get("chat_target")
    return replace(run.recipe, chat_target=chat_target) if isinstance(chat_target, int | float) else run.recipe


def _threshold(candidate: Classifier, base: Classifier) -> float:
    """Raise the base's threshold by as much as the teaching has raised P(negative) of neutral sentences, in logits.

    What counts are those nearest to the threshold, the most negative fiftieth: mixed reviews above all, which rise as
    unseen talk does, where sentences learned by heart stay. It never falls, and it lets at most 1 % of everyday chat be
    flagged, or as much as before.
    """
    now, before = (_negative_logits(each, CHAT, ANNOUNCEMENTS, TALK, MIXED_REVIEWS) for each in (candidate, base))
    is_near = before >= np.quantile(before, 1 - _SHARE_NEAR)
    rise = max(0.0, float(np.mean(now[is_near] - before[is_near])))
    shifted = max(1 / (1 + np.exp(-_logit(base.threshold) - rise)), base.threshold)
    everyday = read_shipped_lines(CHAT)
    allowed = max(MAX_EVERYDAY_FLAGGED, flag_share(base.probabilities(everyday), base.threshold))
    chat = flag_threshold(candidate.probabilities(everyday), allowed)
    return float(min(np.ceil(max(shifted, chat) * 1e4) / 1e4, 1.0))


def _negative_logits(classifier: Classifier, *paths: Path) -> NDArray[np.float64]:
    """Return the logits of P(negative) of shipped sentences, (n_sentences,)."""
    negative = 1 - classifier.probabilities(read_shipped_lines(*paths)).astype(np.float64)
    bounded = np.clip(negative, 1 - _SUREST, _SUREST)
    return np.asarray(np.log(bounded / (1 - bounded)))


def _logit(probability: float) -> float:
    bounded = min(max(probability, 1 - _SUREST), _SUREST)
    return float(np.log(bounded / (1 - bounded)))


def _metrics(tuner: _Tuner, candidate: Classifier, difference: float, gate: Gate) -> dict[str, Any]:
    everyday = candidate.probabilities(read_shipped_lines(CHAT))
    return {
        "threshold": candidate.threshold,
        "largest_difference_to_keras": difference,
        "examples_learned": tuner.history["accuracy"][-1],
        "everyday_flagged": flag_share(everyday, candidate.threshold),
        "checks": gate.as_json()["checks"],
    }
