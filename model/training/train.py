"""Train a model version: mix → fit → export → prove parity → choose the threshold → evaluate → publish → judge."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from model.classifier import Classifier
from model.cluster.crew import Alone, Crew
from model.corpora.corpus import Corpus
from model.corpora.splits import Corpora
from model.evaluation.evaluate import choose_threshold, evaluate
from model.evaluation.judge import judge
from model.events import DoneEvent, Report, TeacherEvent
from model.examples import Example, as_read, newest_of_each_text, split_held_back
from model.gate import Gate
from model.pictures.learning_curves import draw_learning_curves
from model.training.batches import batches_by_length, cut_to_longest, text_lengths
from model.training.fit import LearningCurves, compiled, fit
from model.training.mixing.mixture import Batch, Mixture, mix
from model.training.mixing.teacher import SoftTargets, load_soft_targets
from model.training.network import book_network
from model.training.publish import ExportedNetwork, prove_parity, provenance, publish_version, weights_of
from model.training.ranked_tail import N_COLUMNS, TARGET, RankedTail
from model.training.recipes import Recipe
from model.versions.version import Manifest, read_manifest, read_vocabulary
from model.versions.weights import read_weights
from model.vocabulary import Vocabulary

_N_PARITY_TEXTS = 512
_N_WARM_UP_STEPS = 300
_CLIP_NORM = 1.0
_VALIDATION_BATCH_SIZE = 1024


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
    crew: Crew = field(default_factory=Alone)  # asks the teacher; the network learns here


def train(run: Run, report: Report) -> tuple[Manifest, Gate | None]:
    """Train and publish a version at `run.output`; a run that was broken off goes on from its last whole epoch.

    The gate judges the version beside `run.current`; publishing the folder decides nothing.

    Raises:
        ParityError: ONNX Runtime and Keras differ by more than 1e-5 on held-out texts.
    """
    started = time.monotonic()
    keras.utils.set_random_seed(run.seed)
    run.checkpoints.mkdir(parents=True, exist_ok=True)
    taught, held_back = split_held_back(as_read(newest_of_each_text(run.examples)))
    vocabulary, network = _begin(run)
    report(TeacherEvent(share=run.recipe.teacher_share))
    mixture = mix(run.recipe, run.corpora, _soft_targets(run), vocabulary, run.seed, taught)
    history = _fit(network, mixture, vocabulary, run, report)
    exported = ExportedNetwork.of(vocabulary, weights_of(network))
    candidate = exported.classifier(run.output.name)
    metrics = _judge_alone(candidate, network, run.corpora)
    facts = _provenance(run, time.monotonic() - started) | {"history": history}
    manifest = Manifest(candidate.version, candidate.threshold, metrics, facts)
    publish_version(run.output, manifest, exported, draw_learning_curves(history))
    gate = _judge_beside(run.current, candidate, held_back, metrics["largest_difference_to_keras"])
    report(DoneEvent(version=manifest.version, threshold=manifest.threshold, metrics=metrics, gate=gate))
    return manifest, gate


def _begin(run: Run) -> tuple[Vocabulary, keras.Model]:
    """Return the vocabulary and the network to begin with: a version's, or new ones."""
    if run.base is None:
        vocabulary = _fit_vocabulary(run)
        return vocabulary, book_network(len(vocabulary))
    read_manifest(run.base)  # checks the files
    vocabulary = read_vocabulary(run.base)
    network = book_network(len(vocabulary))
    network.set_weights(list(read_weights(run.base, len(vocabulary)).values()))
    return vocabulary, network


def _judge_alone(candidate: Classifier, network: keras.Model, corpora: Corpora) -> dict[str, Any]:
    """Prove parity, choose the candidate's threshold, and return its figures on held-out rows."""
    difference = prove_parity(candidate, network, corpora.polar()[0].test.texts[:_N_PARITY_TEXTS])
    candidate.threshold = choose_threshold(candidate, corpora)
    return evaluate(candidate, corpora, candidate.threshold) | {"largest_difference_to_keras": difference}


def _judge_beside(
    current: Path | None, candidate: Classifier, held_back: Sequence[Example], difference: float
) -> Gate | None:
    return judge(candidate, Classifier.load(current), held_back, difference) if current else None


def _fit_vocabulary(run: Run) -> Vocabulary:
    texts = [text for split in run.corpora.splits() for text in split.train.texts]
    return Vocabulary.fit(texts, run.recipe.min_character_count)


def _soft_targets(run: Run) -> dict[str, SoftTargets]:
    """Return what the teacher says of the reviews to learn from, by the name of their corpus."""
    if not run.recipe.teacher_share:
        return {}
    corpora, seed, folder = run.corpora, run.seed, run.checkpoints
    unrated = {"naver-shopping": corpora.unrated.texts} if corpora.unrated else {}
    reviews = [split.train for split in (*corpora.polar(), corpora.opinions) if split]
    soft = {
        corpus.name: load_soft_targets(corpus, seed, folder, unrated.get(corpus.name, ()), run.crew)
        for corpus in reviews
    }
    return {name: targets.sharpened(run.recipe.teacher_sharpness) for name, targets in soft.items()}


def _fit(
    network: keras.Model, mixture: Mixture, vocabulary: Vocabulary, run: Run, report: Report
) -> dict[str, list[float]]:
    """Fit the network in place; return loss and accuracy by epoch, of a run taken up again too."""
    recipe = run.recipe
    loss = RankedTail(recipe.tail_weight, recipe.tail_sharpness)
    model = compiled(network, _optimizer(recipe, len(mixture)), loss, recipe.dropout, [accuracy])
    curves = LearningCurves(report, recipe.epochs, len(mixture), path=run.checkpoints / "history.json")
    backup = keras.callbacks.BackupAndRestore(run.checkpoints / "backup", delete_checkpoint=False)
    validation = list(_batches_of([split.validation for split in run.corpora.polar()], vocabulary))
    fit(model, mixture, recipe.epochs, [backup, curves], validation)
    return curves.values


def accuracy(targets: keras.KerasTensor, probability: keras.KerasTensor) -> keras.KerasTensor:
    """Return, for each text, whether the answer falls on the target's side of 0.5; neutral targets lie on both."""
    return ops.cast((targets[:, TARGET] - 0.5) * (probability[:, 0] - 0.5) >= 0, "float32")


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


def _batches_of(corpora: list[Corpus], vocabulary: Vocabulary) -> Iterator[Batch]:
    generator = np.random.default_rng(0)
    for corpus in corpora:
        ids = vocabulary.encode(corpus.texts)
        for rows in batches_by_length(text_lengths(ids), _VALIDATION_BATCH_SIZE, generator):
            taught = np.zeros((len(rows), N_COLUMNS), np.float32)
            taught[:, TARGET] = corpus.targets[rows]
            yield cut_to_longest(ids[rows]), taught, np.ones((len(rows), 1), np.float32)


def _provenance(run: Run, seconds: float) -> dict[str, Any]:
    corpora = {s.train.name: [len(s.train), len(s.validation), len(s.test)] for s in run.corpora.splits()}
    return provenance(
        run.command,
        run.recipe,
        run.seed,
        seconds,
        base=read_manifest(run.base).provenance if run.base else None,
        n_train_validation_test=corpora,
        n_shipped_chat=len(run.corpora.shipped_chat),
        n_examples=len(run.examples),
    )
