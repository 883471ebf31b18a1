"""Publishing: a network that was exported wrongly is noticed, and what is published says how it was made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from model.classifier import Classifier
from model.errors import ParityError
from model.training.recipes import BOOK
from model.versions.archive import CURVES
from model.versions.version import Manifest, read_manifest
from model.vocabulary import Vocabulary
from tests.support.tiny_model import random_weights

pytest.importorskip("tensorflow")

from model.training.network import book_network
from model.training.publish import ExportedNetwork, prove_parity, provenance, publish_version, weights_of

VOCABULARY = Vocabulary("가나다라")


def test_a_network_that_was_exported_wrongly_is_refused() -> None:
    weights = random_weights(len(VOCABULARY))
    network = book_network(len(VOCABULARY))
    network.set_weights(list(weights.values()))
    right = ExportedNetwork.of(VOCABULARY, weights).classifier("right")
    assert prove_parity(right, network, ["가나", "다라"]) <= 1e-5
    weights["dense/bias"] = weights["dense/bias"] + 0.01
    wrong = ExportedNetwork.of(VOCABULARY, weights).classifier("wrong")
    with pytest.raises(ParityError, match="Largest difference"):
        prove_parity(wrong, network, ["가나", "다라"])


def test_a_network_that_answers_nothing_has_no_parity() -> None:
    weights = random_weights(len(VOCABULARY))
    network = book_network(len(VOCABULARY))
    network.set_weights([np.full_like(values, np.nan) for values in weights.values()])
    with pytest.raises(ParityError, match="nan"):
        prove_parity(ExportedNetwork.of(VOCABULARY, weights).classifier("right"), network, ["가나"])


def test_weights_keep_their_names() -> None:
    weights = random_weights(len(VOCABULARY))
    network = book_network(len(VOCABULARY))
    network.set_weights(list(weights.values()))
    taken = weights_of(network)
    assert all(np.array_equal(taken[name], weights[name]) for name in weights)


def test_the_provenance_repeats_the_training() -> None:
    facts = provenance("a command", BOOK, 7, 12.6, n_examples=3)
    assert (facts["command"], facts["seed"], facts["seconds"], facts["n_examples"]) == ("a command", 7, 13, 3)
    assert facts["recipe"]["name"] == "book"
    assert {"created_at", "python", "keras", "tensorflow"} <= set(facts)
    json.dumps(facts)


def test_a_published_version_serves_with_its_curves_beside_it(tmp_path: Path) -> None:
    exported = ExportedNetwork.of(VOCABULARY, random_weights(len(VOCABULARY)))
    publish_version(tmp_path / "m", Manifest("m-1", 0.7), exported, b"a picture")
    assert read_manifest(tmp_path / "m") == Manifest("m-1", 0.7)
    assert (tmp_path / "m" / CURVES).read_bytes() == b"a picture"
    texts = ["가나", "다라"]
    served, exported_answers = Classifier.load(tmp_path / "m"), exported.classifier("m-1")
    np.testing.assert_array_equal(served.probabilities(texts), exported_answers.probabilities(texts))
