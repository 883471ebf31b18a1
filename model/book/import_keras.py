"""From a model saved as in the chapter to a version that Jigi serves; its vocabulary is rebuilt from the corpus."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from model.book.keras_file import KerasFile
from model.classifier import Classifier
from model.corpora.corpus import Split
from model.corpora.readers import read_plain
from model.corpora.splits import Corpora, book_corpora
from model.data.paths import CHAT, TALK
from model.errors import CommandError
from model.evaluation.evaluate import evaluate
from model.evaluation.judge import judge
from model.evaluation.metrics import flag_threshold
from model.events import DoneEvent, Report
from model.gate import Gate
from model.golden import golden_examples
from model.training.network import book_network
from model.training.publish import ExportedNetwork, prove_parity, publish_version
from model.training.recipes import BOOK
from model.versions.version import Manifest
from model.vocabulary import Vocabulary

MAX_TALK_FLAGGED = 0.01  # of the talk that ships with Jigi, which no model of the chapter has learned
_FEWEST_RIGHT = 0.6  # of the test rows; the chapter's network reaches 0.87, a coin 0.5


def import_keras(file: KerasFile, corpus: Path, current: Path, output: Path, command: str, report: Report) -> Gate:
    """Publish a saved model at `output`, and judge it beside the version at `current`.

    The threshold is chosen on talk that ships with Jigi: at most 1 % of it is flagged.

    Raises:
        CommandError: The corpus is not the one that the model has learned from.
        CorpusError: The corpus is not of its format.
        ParityError: ONNX Runtime and Keras differ by more than 1e-5.
    """
    corpora = book_corpora(corpus)
    reviews = corpora.polar()[0]
    exported = ExportedNetwork.of(rebuilt_vocabulary(reviews, file.n_ids, corpus), file.weights)
    candidate = exported.classifier(output.name)
    network = book_network(file.n_ids)
    network.set_weights(list(file.weights.values()))
    difference = prove_parity(candidate, network, [example.text for example in golden_examples()])
    candidate.threshold = _threshold(candidate)
    metrics = _metrics(candidate, corpora, corpus) | {"largest_difference_to_keras": difference}
    facts = {"command": command, "recipe": asdict(BOOK), "keras": file.keras_version}
    manifest = Manifest(output.name, candidate.threshold, metrics, facts)
    gate = judge(candidate, Classifier.load(current), (), difference)
    publish_version(output, manifest, exported)
    report(DoneEvent(version=output.name, threshold=manifest.threshold, metrics=manifest.metrics, gate=gate))
    return gate


def rebuilt_vocabulary(reviews: Split, n_ids: int, corpus: Path) -> Vocabulary:
    """Return the characters that the chapter's tokenizer found in the training rows, or in all rows, whichever fits.

    Raises:
        CommandError: Neither has as many as the network knows.
    """
    learned, everything = reviews.train.texts, [*reviews.train.texts, *reviews.test.texts]
    fitted = [Vocabulary.fit(texts) for texts in (learned, everything)]
    for vocabulary in fitted:
        if len(vocabulary) == n_ids:
            return vocabulary
    found = " or ".join(f"{len(vocabulary.characters):,}" for vocabulary in fitted)
    raise CommandError(
        f"The model knows {n_ids - 2:,} characters, and {corpus} has {found} (its training rows, or all). "
        "Give the corpus that the model has learned from: --corpus FILE"
    )


def _metrics(candidate: Classifier, corpora: Corpora, corpus: Path) -> dict[str, object]:
    metrics = evaluate(candidate, corpora, candidate.threshold)
    accuracy = metrics["naver-shopping"]["accuracy"]
    if accuracy < _FEWEST_RIGHT:
        raise CommandError(
            f"The model must get {_FEWEST_RIGHT:.0%} of the test rows of {corpus} right. Received: {accuracy:.0%}. Its "
            "characters are numbered otherwise, or it has not learned. Give the corpus that it has learned from."
        )
    return metrics


def _threshold(candidate: Classifier) -> float:
    talk = [*read_plain(CHAT, "shipped-chat").texts, *read_plain(TALK, "shipped-talk").texts]
    threshold = flag_threshold(candidate.probabilities(talk), MAX_TALK_FLAGGED)
    return float(min(np.ceil(threshold * 1e4) / 1e4, 1.0))
