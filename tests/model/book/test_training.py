"""Training the chapter's networks: what is learned, kept, taken up again and measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from model.book.imdb import Rows
from model.book.networks import Build, embedding_dense, lstm, simple_rnn
from model.book.training import CURVES, WEIGHTS, Result, Schedule, train
from model.errors import CommandError
from model.events import EpochEvent, Event

LENGTH, N_IDS = 4, 8


def rows(n: int, seed: int) -> Rows:
    """Return rows whose last id says whether they are positive."""
    generator = np.random.default_rng(seed)
    ids = generator.integers(4, N_IDS, (n, LENGTH)).astype(np.int32)
    ids[:, -1] = generator.integers(2, 4, n)
    return Rows(ids, (ids[:, -1] == 3).astype(np.float32))


def run(folder: Path, build: Build = embedding_dense, epochs: int = 2, seed: int = 1) -> tuple[Result, list[Event]]:
    events: list[Event] = []
    schedule = Schedule(epochs, batch_size=8, seed=seed)
    result = train("tiny", lambda: build(N_IDS, LENGTH, 8), rows(160, 0), rows(80, 1), schedule, folder, events.append)
    return result, events


@pytest.mark.parametrize("build", [embedding_dense, simple_rnn, lstm])
def test_each_network_learns_what_a_word_gives_away(tmp_path: Path, build: Build) -> None:
    result, _ = run(tmp_path, build, epochs=15)
    assert result.test_accuracy > 0.95


def test_what_came_of_it_is_kept(tmp_path: Path) -> None:
    result, events = run(tmp_path / "run")
    assert Result.read(tmp_path / "run") == result
    assert (tmp_path / "run" / CURVES).read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "run" / WEIGHTS).exists()
    assert {name: len(values) for name, values in result.history.items()} == dict.fromkeys(
        ("loss", "accuracy", "val_loss", "val_accuracy", "seconds"), 2
    )
    assert [event.n_batches for event in events if isinstance(event, EpochEvent)] == [16, 16]  # 128 of 160 rows
    assert result.facts["n_train"] == 160


def test_a_training_goes_on_from_its_last_epoch(tmp_path: Path) -> None:
    first, _ = run(tmp_path, epochs=2)
    again, events = run(tmp_path, epochs=3)
    assert [event.epoch for event in events if isinstance(event, EpochEvent)] == [3]
    assert again.history["loss"][:2] == first.history["loss"]
    assert again.epochs == 3


def test_a_folder_of_another_training_is_left_alone(tmp_path: Path) -> None:
    run(tmp_path, epochs=1)
    with pytest.raises(CommandError, match="holds another training: its seed differs"):
        run(tmp_path, epochs=1, seed=2)


def test_a_folder_without_a_training_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="must hold a finished training"):
        Result.read(tmp_path)
