"""The book's own files: models saved by Keras 2 and 3, brought to a version that serves; and files that are none."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from model.__main__ import main
from model.book.keras_file import read_keras_file
from model.classifier import Classifier
from model.corpora.splits import book_corpora
from model.errors import WeightsError
from model.versions.version import read_manifest
from model.versions.weights import WEIGHT_NAMES, Weights, weight_shapes
from model.vocabulary import Vocabulary
from tests.support.tiny_model import keyword_weights, random_weights

GOOD, BAD = "좋", "별"
LAYERS = {
    "embedding": ["embedding/embeddings:0"],
    "lstm": [f"lstm/lstm_cell/{part}:0" for part in ("kernel", "recurrent_kernel", "bias")],
    "lstm_1": [f"lstm_1/lstm_cell_1/{part}:0" for part in ("kernel", "recurrent_kernel", "bias")],
    "dense": ["dense/kernel:0", "dense/bias:0"],
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Write reviews in the book's format; one character says what they are."""
    things = ["바지", "모자", "우산", "양말", "책상"]
    lines = [
        f"{5 if n % 2 else 1}\t{thing} {n}번 {'좋아요' if n % 2 else '별로예요'}" for thing in things for n in range(30)
    ]
    path = tmp_path / "shopping.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def learned_weights(corpus: Path) -> Weights:
    """Return weights that tell the reviews apart, as the book's tokenizer numbers their characters."""
    vocabulary = Vocabulary.fit(book_corpora(corpus).polar()[0].train.texts)
    weights = keyword_weights(len(vocabulary))
    weights["embedding"][:] = 0
    for column, character in enumerate((BAD, GOOD)):
        weights["embedding"][vocabulary.ids(character)[0], column] = 1
    return weights


def write_keras_2(path: Path, weights: Weights, *, is_whole: bool = True) -> Path:
    """Write weights as `model.save` (or `save_weights`) of Keras 2 does."""
    arrays = iter(weights.values())
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if is_whole else file
        root.attrs["layer_names"] = np.array([name.encode() for name in LAYERS])
        root.attrs["keras_version"] = b"2.15.0"
        for layer, names in LAYERS.items():
            group = root.create_group(layer)
            group.attrs["weight_names"] = np.array([name.encode() for name in names])
            for name in names:
                group.create_dataset(name, data=next(arrays))
    return path


def write_keras_3(path: Path, weights: Weights) -> Path:
    """Save the book's own Sequential, as Keras that is installed does it."""
    keras = pytest.importorskip("keras")
    pytest.importorskip("tensorflow")
    layers = keras.layers
    lstms = [layers.LSTM(64, return_sequences=True), layers.LSTM(32)]
    embedding = layers.Embedding(len(weights["embedding"]), 16)
    model = keras.Sequential([embedding, *lstms, layers.Dense(1, activation="sigmoid")])
    model.build((None, 100))
    model.compile("adam", "binary_crossentropy")
    model.set_weights(list(weights.values()))
    model.save(path)
    return path


@pytest.mark.parametrize("write", [write_keras_2, write_keras_3])
def test_the_arrays_are_read_in_the_order_of_the_layers(write: Callable[[Path, Weights], Path], tmp_path: Path) -> None:
    expected = random_weights(30)
    read = read_keras_file(write(tmp_path / "naver_review.h5", expected))
    assert read.n_ids == 30
    assert read.keras_version[0] in "23"
    for name in WEIGHT_NAMES:
        np.testing.assert_array_equal(read.weights[name], expected[name])


def test_weights_alone_are_read_too(tmp_path: Path) -> None:
    expected = random_weights(30)
    path = write_keras_2(tmp_path / "weights.h5", expected, is_whole=False)
    np.testing.assert_array_equal(read_keras_file(path).weights["dense/kernel"], expected["dense/kernel"])


def test_a_saved_model_becomes_a_version_that_serves(
    corpus: Path, tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tensorflow")
    file = write_keras_3(tmp_path / "naver_review.h5", learned_weights(corpus))
    output = tmp_path / "naver-review"
    arguments = ["import", str(file), "--corpus", str(corpus), "--output", str(output), "--current", str(tiny_model)]
    assert main(arguments) == 0
    assert f"published at {output}" in capsys.readouterr().out
    good, bad = Classifier.load(output).probabilities(["바지 좋아요", "바지 별로예요"])
    assert bad < 0.1 < 0.9 < good
    manifest = read_manifest(output)
    assert manifest.metrics["naver-shopping"]["accuracy"] == 1
    assert manifest.metrics["largest_difference_to_keras"] <= 1e-5
    assert manifest.provenance["recipe"]["name"] == "book"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3000])


def as_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"weights": [1.0]}))


def as_zip(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + bytes(100))


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def with_nan(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file["model_weights/dense/dense/bias:0"][0] = np.nan


def without_layers(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        del file["model_weights"].attrs["layer_names"]


def with_an_array_elsewhere(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        group = file["model_weights/dense"]
        del group["dense/bias:0"]
        group.create_dataset("dense/bias:0", (1,), "f4", external=[(str(path.with_name("other.bin")), 0, 4)])


def with_a_link_elsewhere(path: Path) -> None:
    other = write_keras_2(path.with_name("other.h5"), random_weights(30))
    with h5py.File(path, "r+") as file:
        group = file["model_weights/dense"]
        del group["dense/bias:0"]
        group["dense/bias:0"] = h5py.ExternalLink(other.name, "model_weights/dense/dense/bias:0")


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (cut, "damaged, cut short"),
        (as_pickle, "a pickle, which could run code"),
        (as_zip, r"a ZIP archive, as Keras' \.keras files are"),
        (lambda path: path.write_text("rating\treview"), r"something else\. Save the model"),
        (lambda path: path.write_bytes(b""), "an empty file"),
        (lambda path: path.unlink(), "cannot be read: No such file"),
        (as_folder, "is a folder"),
        (with_nan, "NaN or infinity"),
        (without_layers, "damaged, cut short, or no Keras model"),
        (with_an_array_elsewhere, "refers to other files"),
        (with_a_link_elsewhere, "refers to other files"),
    ],
)
def test_another_file_is_told_what_was_expected(
    damage: Callable[[Path], object], complaint: str, tmp_path: Path
) -> None:
    path = write_keras_2(tmp_path / "naver_review.h5", random_weights(30))
    damage(path)
    with pytest.raises(WeightsError, match=complaint) as told:
        read_keras_file(path)
    assert "\n" not in str(told.value)


def test_another_network_is_told_its_shapes(tmp_path: Path) -> None:
    weights = random_weights(30)
    weights["lstm_2/bias"] = np.zeros(64, np.float32)
    with pytest.raises(WeightsError, match=r"16×256.*Received: 30×16, .*, 32×128, 64, 32×1, 1"):
        read_keras_file(write_keras_2(tmp_path / "m.h5", weights))


def test_an_embedding_larger_than_any_alphabet_is_not_read(tmp_path: Path) -> None:
    weights = {name: np.zeros(shape, np.float32) for name, shape in weight_shapes(20_001).items()}
    with pytest.raises(WeightsError, match="20001×16"):
        read_keras_file(write_keras_2(tmp_path / "m.h5", weights))


@pytest.mark.parametrize(
    ("other", "complaint"),
    [
        (
            lambda corpus: corpus.write_text("5\t좋아요\n1\t별로예요\n4\t굿\n2\t최악"),
            "knows 32 characters",
        ),
        (lambda corpus: corpus.write_text("good\tvery good\n"), "rating must be a number"),
        (lambda corpus: corpus.unlink(), "cannot be read"),
    ],
)
def test_another_corpus_is_one_sentence(
    other: Callable[[Path], object], complaint: str, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tensorflow")
    weights = learned_weights(corpus)
    file = write_keras_2(tmp_path / "m.h5", weights)
    other(corpus)
    assert main(["import", str(file), "--corpus", str(corpus), "--output", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err
    assert complaint.replace("32", str(len(weights["embedding"]) - 2)) in told
    assert told.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_model_whose_characters_are_numbered_otherwise_is_refused(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tensorflow")
    weights = learned_weights(corpus)
    weights["embedding"] = weights["embedding"][:, [1, 0, *range(2, 16)]]  # good is bad
    file = write_keras_2(tmp_path / "m.h5", weights)
    assert main(["import", str(file), "--corpus", str(corpus), "--output", str(tmp_path / "out")]) == 1
    assert "must get 60% of the test rows" in capsys.readouterr().err


def test_without_its_corpus_the_characters_are_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_keras_2(tmp_path / "m.h5", random_weights(30))
    assert main(["import", str(file)]) == 1
    assert "does not say which characters it knows" in capsys.readouterr().err
