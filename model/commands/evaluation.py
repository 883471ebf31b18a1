"""`python -m model compare · evaluate`: judge a version beside another, or on the held-out rows of the corpora."""

from __future__ import annotations

from pathlib import Path

import msgspec

from model.classifier import Classifier
from model.cluster.classifier import SharedClassifier
from model.cluster.crew import open_crew
from model.cluster.equipment import ModelFiles
from model.commands.files import corpora_folder, labelled_examples
from model.commands.gate_table import gate_table
from model.evaluation.judge import judge
from model.versions.version import PRETRAINED, read_manifest


def compare(current: Path, candidate: Path, /, *, examples: Path | None = None, json: bool = False) -> None:
    """Judge a version against the one it would replace; no TensorFlow.

    Args:
        current: folder of the version that serves
        candidate: folder of the version that would replace it
        examples: CSV or TSV that neither was trained on
        json: print JSON instead of a table
    """
    serving, new = Classifier.load(current), Classifier.load(candidate)
    difference = read_manifest(candidate).metrics.get("largest_difference_to_keras")
    known = float(difference) if isinstance(difference, int | float) else None
    gate = judge(new, serving, labelled_examples(examples), known)
    print(msgspec.json.encode(gate.as_json()).decode() if json else gate_table(gate))


def evaluate(
    *, corpora: Path | None = None, model: Path = PRETRAINED, json: bool = False, scheduler: str | None = None
) -> None:
    """Judge a version on the held-out rows of the corpora.

    Args:
        corpora: folder of the corpora (default: JIGI_CORPORA, or the user's cache, ~/.cache/jigi/corpora on Linux)
        model: folder of the version
        json: print JSON instead of a table
        scheduler: address of a Dask scheduler, tcp://HOST:PORT, whose workers classify; the figures are the same
    """
    from model.corpora.splits import load_corpora  # pandas and scikit-learn, which `compare` does without
    from model.evaluation.evaluate import evaluate as measure
    from model.evaluation.report import metrics_table
    from model.training.recipes import find_recipe

    recipe = find_recipe(read_manifest(model).recipe.get("name", "jigi"))
    rows = load_corpora(corpora_folder(corpora), as_the_book=recipe.splits_as_the_book)
    with open_crew(scheduler) as crew:
        classifier = SharedClassifier(ModelFiles.read(model), crew) if scheduler else Classifier.load(model)
        metrics = measure(classifier, rows, classifier.threshold)
    table = metrics_table(classifier.version, metrics)
    print(msgspec.json.format(msgspec.json.encode(metrics)).decode() if json else table)
