"""The weights of a version: those of the book's network, or a clear error."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from model.errors import WeightsError
from model.versions.version import WEIGHTS
from model.versions.weights import read_weights, weight_shapes, write_weights
from tests.support.tiny_model import random_weights


def test_the_shapes_are_the_books() -> None:
    assert weight_shapes(50) == {
        "embedding": (50, 16),
        "lstm_1/kernel": (16, 256), "lstm_1/recurrent_kernel": (64, 256), "lstm_1/bias": (256,),
        "lstm_2/kernel": (64, 128), "lstm_2/recurrent_kernel": (32, 128), "lstm_2/bias": (128,),
        "dense/kernel": (32, 1), "dense/bias": (1,),
    }  # fmt: skip


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    weights = random_weights(20)
    write_weights(tmp_path, weights)
    read = read_weights(tmp_path, 20)
    assert list(read) == list(weights)
    assert all(np.array_equal(read[name], weights[name]) for name in weights)


def test_another_vocabulary_needs_other_weights(tmp_path: Path) -> None:
    write_weights(tmp_path, random_weights(20))
    with pytest.raises(WeightsError, match=r"embedding must be of shape \(21, 16\). Received: \(20, 16\)"):
        read_weights(tmp_path, 21)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_are_numbers(tmp_path: Path, value: float) -> None:
    weights = random_weights(20)
    weights["dense/bias"][0] = value
    write_weights(tmp_path, weights)
    with pytest.raises(WeightsError, match="dense/bias must hold numbers"):
        read_weights(tmp_path, 20)


def test_an_array_that_unpacks_to_more_than_its_shape_is_not_unpacked(tmp_path: Path) -> None:
    write_weights(tmp_path, random_weights(20))
    with (
        zipfile.ZipFile(tmp_path / WEIGHTS, "a", zipfile.ZIP_DEFLATED) as archive,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        archive.writestr("dense/bias.npy", bytes(10_000_000))
    with pytest.raises(WeightsError, match="dense/bias is larger than an array of shape"):
        read_weights(tmp_path, 20)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04half"])
def test_a_file_that_holds_no_arrays_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / WEIGHTS).write_bytes(content)
    with pytest.raises(WeightsError, match="must hold the arrays embedding, lstm_1/kernel"):
        read_weights(tmp_path, 20)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_arrays_packed_in_damaged_ways_are_a_clear_error(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / WEIGHTS, "w", method) as archive:
        for name in random_weights(20):
            archive.writestr(f"{name}.npy", b"\x93NUMPY" + bytes(500))
    content = bytearray((tmp_path / WEIGHTS).read_bytes())
    content[60:80] = b"\xff" * 20
    (tmp_path / WEIGHTS).write_bytes(content)
    with pytest.raises(WeightsError, match="must hold the arrays"):
        read_weights(tmp_path, 20)


def test_a_header_that_promises_more_than_there_is_room_for_is_a_clear_error(tmp_path: Path) -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 1000), }"
    array = b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header + b"\n"
    with zipfile.ZipFile(tmp_path / WEIGHTS, "w") as archive:
        for name in random_weights(20):
            archive.writestr(f"{name}.npy", array)
    with pytest.raises(WeightsError, match="must hold the arrays"):
        read_weights(tmp_path, 20)
