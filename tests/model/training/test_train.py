"""Training: the network, and a run from corpora to a published version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.classifier import Classifier
from model.training.recipes import BOOK, Recipe
from model.versions.version import read_manifest

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from model.corpora.splits import load_corpora  # noqa: E402
from model.errors import CorpusError, ParityError  # noqa: E402
from model.examples import Example, ExampleLabel  # noqa: E402
from model.gate import Gate  # noqa: E402
from model.training.network import FrontPadded, book_network  # noqa: E402
from model.training.train import Run, prove_parity, train  # noqa: E402
from model.versions.weights import WEIGHT_NAMES  # noqa: E402
from model.vocabulary import Vocabulary  # noqa: E402
from tests.support.tiny_model import publish_model, random_weights  # noqa: E402

TINY = Recipe(
    name="tiny", epochs=2, batch_size=32, learning_rate=1e-2, uses_cosine=True, movie_negative_repeats=1.0,
    n_middling=20, chat_repeats=1.0, own_chat_repeats=0.05, teacher_share=0.5, teacher_sharpness=2.0, n_pieces=50,
    spaced_share=0.05, dropout=0.1, own_neutral_repeats=0.05, own_middling_repeats=0.1, n_templated=20,
)  # fmt: skip


def test_the_network_is_the_books() -> None:
    network = book_network(50)
    layers = [keras.layers.Embedding(50, 16), keras.layers.LSTM(64, return_sequences=True), keras.layers.LSTM(32)]
    book = keras.Sequential([*layers, keras.layers.Dense(1, activation="sigmoid")])
    book.build((None, 100))
    assert [w.shape for w in network.get_weights()] == [w.shape for w in book.get_weights()]
    book.set_weights(network.get_weights())
    ids = np.random.default_rng(0).integers(0, 50, (8, 100))
    np.testing.assert_allclose(network.predict(ids, verbose=0), book.predict(ids, verbose=0), atol=1e-6)


@pytest.mark.parametrize("n_columns", [1, 40, 100])
def test_computing_the_pads_once_changes_neither_answers_nor_gradients(n_columns: int) -> None:
    network = book_network(50)
    ids = np.zeros((8, 100), np.int32)
    ids[:, 100 - n_columns :] = np.random.default_rng(0).integers(2, 50, (8, n_columns))
    answers, gradients = [], []
    for model, given in ((network, ids), (FrontPadded(network), ids[:, 100 - n_columns :])):
        with tf.GradientTape() as tape:
            answers.append(model(given))
            loss = tf.reduce_sum(answers[-1] ** 2)
        gradients.append(tape.gradient(loss, network.trainable_variables))
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-6)
    for expected, got in zip(*([tf.convert_to_tensor(x) for x in g] for g in gradients), strict=True):
        np.testing.assert_allclose(expected, got, atol=1e-5)


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    """Write small corpora whose words give the answer away."""
    folder = tmp_path / "corpora"
    folder.mkdir()
    things = ["배송", "포장", "색상", "가격", "크기", "재질", "사은품", "설명서", "손잡이", "뚜껑"]
    ways = [f"{thing} {number}번째 주문" for thing in things for number in range(40)]
    shopping = [f"{5 if n % 2 else 1}\t{way} {'좋아요' if n % 2 else '별로예요'}" for n, way in enumerate(ways)]
    movies = [f"{n}\t{way} {'감동' if n % 2 else '지루함'}\t{n % 2}" for n, way in enumerate(ways)]
    (folder / "naver_shopping.txt").write_text("\n".join(shopping))
    (folder / "ratings_train.txt").write_text("id\tdocument\tlabel\n" + "\n".join(movies))
    (folder / "everyday_chat.txt").write_text("\n".join(f"{way} 언제 할까" for way in ways))
    return folder


def run(corpora: Path, recipe: Recipe, output: Path) -> Run:
    return Run(recipe, load_corpora(corpora, recipe), 1, output, output.with_suffix(".checkpoints"), "a test")


def test_a_run_ends_in_a_version_that_serves_and_says_how_it_was_made(
    corpora: Path, tmp_path: Path, tiny_model: Path
) -> None:
    lines: list[Mapping[str, Any]] = []
    examples = (Example("뚜껑 언제 와요", ExampleLabel.NEUTRAL), Example("뚜껑 별로예요", ExampleLabel.NEGATIVE))
    described = replace(run(corpora, TINY, tmp_path / "tiny-1"), examples=examples, current=tiny_model)
    manifest, gate = train(described, lines.append)
    assert gate is not None
    assert Gate.from_json(lines[-1]["gate"]) == gate
    assert manifest.provenance["n_examples"] == 2
    assert read_manifest(tmp_path / "tiny-1") == manifest
    assert manifest.provenance["recipe"]["name"] == "tiny"
    assert manifest.provenance["seed"] == 1
    assert manifest.metrics["largest_difference_to_keras"] <= 1e-5
    assert {"naver-shopping", "nsmc", "chat", "threshold"} <= set(manifest.metrics)
    assert len(manifest.provenance["history"]["val_loss"]) == 2
    assert (tmp_path / "tiny-1" / "learning_curves.png").read_bytes().startswith(b"\x89PNG")
    assert [line["event"] for line in lines if line["event"] != "batch"] == ["teacher", "epoch", "epoch", "done"]
    json.dumps(lines)
    assert len(Classifier.load(tmp_path / "tiny-1").classify(["배송 좋아요"])) == 1


@pytest.mark.parametrize(
    ("corpus", "names"), [("nsmc", ["nsmc", "chat"]), ("naver-shopping", ["naver-shopping", "chat"])]
)
def test_only_the_named_reviews_are_learned(corpora: Path, corpus: str, names: list[str]) -> None:
    assert [split.train.name for split in load_corpora(corpora, TINY, corpus).splits()] == names


@pytest.mark.parametrize(("corpus", "file"), [("nsmc", "ratings_train.txt"), ("naver-shopping", "naver_shopping.txt")])
def test_reviews_that_are_not_there_are_asked_for(corpora: Path, corpus: str, file: str) -> None:
    (corpora / file).unlink()
    with pytest.raises(CorpusError, match=f"must hold {file}. Fetch it with `python -m model download {corpus}`"):
        load_corpora(corpora, TINY, corpus)


def test_the_network_learns_what_the_words_give_away(corpora: Path, tmp_path: Path) -> None:
    recipe = replace(BOOK, epochs=12, learning_rate=1e-2)
    manifest, _ = train(run(corpora, recipe, tmp_path / "book"), lambda line: None)
    assert manifest.metrics["naver-shopping"]["accuracy"] > 0.95


def test_a_broken_run_goes_on_from_its_last_epoch(corpora: Path, tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def die_after_the_first_epoch(line: Mapping[str, Any]) -> None:
        if line["event"] == "epoch":
            raise Killed

    recipe = replace(TINY, epochs=3)
    with pytest.raises(Killed):
        train(run(corpora, recipe, tmp_path / "m"), die_after_the_first_epoch)
    assert not (tmp_path / "m").exists()
    lines: list[Mapping[str, Any]] = []
    manifest, _ = train(run(corpora, recipe, tmp_path / "m"), lines.append)
    epochs = [line["epoch"] for line in lines if line["event"] == "epoch"]
    assert epochs in ([1, 2, 3], [2, 3])  # Keras saves an epoch after its callbacks have run
    assert len(manifest.provenance["history"]["loss"]) == 3


def test_training_on_begins_with_the_versions_weights_and_vocabulary(corpora: Path, tmp_path: Path) -> None:
    train(run(corpora, TINY, tmp_path / "first"), lambda line: None)
    still = replace(
        run(corpora, replace(TINY, epochs=1, learning_rate=1e-12), tmp_path / "next"), base=tmp_path / "first"
    )
    manifest, _ = train(still, lambda line: None)
    texts = ["배송 1번째 주문 좋아요", "별로예요"]
    first, second = (Classifier.load(tmp_path / name).probabilities(texts) for name in ("first", "next"))
    np.testing.assert_allclose(first, second, atol=1e-4)
    assert manifest.provenance["base"]["recipe"]["name"] == "tiny"


def test_a_network_that_was_exported_wrongly_is_not_published(tmp_path: Path) -> None:
    vocabulary = Vocabulary("가나다라")
    weights = random_weights(len(vocabulary))
    network = book_network(len(vocabulary))
    network.set_weights([weights[name] for name in WEIGHT_NAMES])
    right = Classifier.load(publish_model(tmp_path / "right", vocabulary, weights, "right", 0.9))
    assert prove_parity(right, network, ["가나", "다라"]) <= 1e-5
    weights["dense/bias"] = weights["dense/bias"] + 0.01
    wrong = Classifier.load(publish_model(tmp_path / "wrong", vocabulary, weights, "wrong", 0.9))
    with pytest.raises(ParityError, match="Largest difference"):
        prove_parity(wrong, network, ["가나", "다라"])
