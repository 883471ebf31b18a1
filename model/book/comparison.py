"""Networks side by side: the chapter's on IMDB and on Korean reviews, and the shipped one, trained now or before."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from model.book.imdb import Imdb
from model.book.korean import KOREAN, SCHEDULE, VOCABULARY, korean_network, korean_rows, load_korean
from model.book.networks import PLANS
from model.book.training import RESULT, Result, Schedule, load_weights, train
from model.classifier import Classifier
from model.corpora.splits import Corpora
from model.evaluation.metrics import flag_share, polarity_metrics
from model.events import Report
from model.prediction import Probabilities
from model.versions.version import PRETRAINED, read_vocabulary
from model.versions.weights import read_weights
from model.vocabulary import Vocabulary

RECALL = 0.5  # of the negative reviews, at which neutral talk is counted
SHIPPED = "jigi"
NAMES = (*(f"imdb-{name}" for name in PLANS), *(f"korean-{kind}" for kind in KOREAN), SHIPPED)

_N_TIMED = 30


@dataclass(frozen=True, slots=True)
class Compared:
    """One row of the table; None is what cannot be said of a network."""

    name: str
    n_parameters: int
    epochs: int | None
    accuracy: float
    negative_f1: float
    neutral_flagged: float | None  # share of neutral talk at or above the threshold that finds half of the negative
    seconds_per_epoch: float | None
    milliseconds: float  # for one message


def compare_imdb(name: str, load: Callable[[], Imdb], runs: Path, epochs: int | None, report: Report) -> Compared:
    """Train one of the IMDB networks, or take it from its folder in `runs`; reviews are loaded to train only."""
    plan, folder = PLANS[name], runs / f"imdb-{name}"
    if not (folder / RESULT).exists():
        imdb = load()
        learned, tested = imdb.train.padded(plan.length), imdb.test.padded(plan.length)
        schedule = Schedule(epochs or plan.epochs, plan.batch_size, plan.validation_share)
        train(f"imdb-{name}", plan.network, learned, tested, schedule, folder, report)
    result, network = Result.read(folder), plan.network()
    load_weights(network, folder)
    one = np.ones((1, plan.length), np.int32)
    return _row(result, None, _milliseconds(lambda: network.predict(one, verbose=0)))


def compare_korean(kind: str, corpora: Corpora, runs: Path, epochs: int | None, report: Report) -> Compared:
    """Train one of the chapter's networks on Korean shopping reviews, or take it from its folder in `runs`."""
    reviews, folder = corpora.polar()[0], runs / f"korean-{kind}"
    if not (folder / RESULT).exists():
        vocabulary = Vocabulary.fit(reviews.train.texts)
        folder.mkdir(parents=True, exist_ok=True)
        vocabulary.save(folder / VOCABULARY)
        learned, tested = korean_rows(reviews.train, vocabulary), korean_rows(reviews.test, vocabulary)
        schedule = replace(SCHEDULE, epochs=epochs or SCHEDULE.epochs)
        train(
            f"korean-{kind}", lambda: korean_network(kind, len(vocabulary)), learned, tested, schedule, folder, report
        )
    network, vocabulary = load_korean(kind, folder)

    def probabilities(texts: Sequence[str]) -> Probabilities:
        return _predict(network, vocabulary, texts)

    neutral = neutral_flagged(probabilities, corpora)
    return _row(Result.read(folder), neutral, _milliseconds(lambda: probabilities(reviews.test.texts[:1])))


def compare_shipped(corpora: Corpora, folder: Path = PRETRAINED) -> Compared:
    """Measure a version on the rows that no version is trained on."""
    classifier, reviews = Classifier.load(folder), corpora.polar()[0].test
    weights = read_weights(folder, len(read_vocabulary(folder)))
    figures = polarity_metrics(classifier.probabilities(reviews.texts), reviews.targets > 0.5)
    milliseconds = _milliseconds(lambda: classifier.probabilities(reviews.texts[:1]))
    return Compared(
        classifier.version,
        sum(array.size for array in weights.values()),
        None,
        float(figures["accuracy"]),  # type: ignore[arg-type]
        float(figures["negative_f1"]),  # type: ignore[arg-type]
        neutral_flagged(classifier.probabilities, corpora),
        None,
        milliseconds,
    )


def neutral_flagged(probabilities: Callable[[Sequence[str]], Probabilities], corpora: Corpora) -> float | None:
    """Return the share of neutral talk that is flagged where half of the negative test reviews are.

    It is the mean over the kinds of talk that are there: chat, communities, requests; None if there is none.
    """
    reviews = corpora.polar()[0].test
    negative = 1.0 - probabilities([text for text, t in zip(reviews.texts, reviews.targets, strict=True) if t < 0.5])
    threshold = float(np.quantile(negative.astype(np.float64), 1 - RECALL))
    shares = [flag_share(probabilities(texts), threshold) for texts in _talk(corpora)]
    return statistics.mean(shares) if shares else None


def _talk(corpora: Corpora) -> Iterator[Sequence[str]]:
    return (split.test.texts for split in (corpora.chat, corpora.community, corpora.requests) if split)


def _predict(network: keras.Model, vocabulary: Vocabulary, texts: Sequence[str]) -> Probabilities:
    found: Probabilities = network.predict(vocabulary.encode(texts), batch_size=256, verbose=0)[:, 0]
    return found


def _row(result: Result, neutral: float | None, milliseconds: float) -> Compared:
    return Compared(
        result.name,
        result.n_parameters,
        result.epochs,
        result.test_accuracy,
        result.negative_f1,
        neutral,
        result.seconds_per_epoch,
        milliseconds,
    )


def _milliseconds(predict_one: Callable[[], object]) -> float:
    """Return the median time of a call, after a first one that prepares it."""
    predict_one()
    times = []
    for _ in range(_N_TIMED):
        began = time.perf_counter()
        predict_one()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
