"""One training at a time on a machine, in folders that nobody else reads and nobody leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.child import _is_needed
from bot.services.learning.machine import TrainingPlace


def test_it_is_taken_once_also_by_one_process(tmp_path: Path) -> None:
    place, other = TrainingPlace(tmp_path / "lock"), TrainingPlace(tmp_path / "lock")
    assert place.is_free()
    assert place.take()
    assert [place.take(), other.take(), place.is_free(), other.is_free()] == [False] * 4
    place.leave()
    assert other.take()
    other.leave()


def test_what_was_left_behind_goes_when_it_is_taken(tmp_path: Path) -> None:
    place = TrainingPlace(tmp_path / "lock")
    left = tmp_path / "trainings" / "training-dead"
    left.mkdir(parents=True)
    (left / "labelled.csv").write_text("text,label")
    assert place.take()
    assert not left.exists()
    with place.folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.parent == tmp_path / "trainings"
    place.leave()


def test_a_folder_that_cannot_be_written_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not TrainingPlace(tmp_path / "file" / "lock").take()


@pytest.mark.parametrize(
    "name", ["DISCORD_TOKEN", "DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "HTTPS_PROXY", "PGPASSWORD"]
)
def test_a_training_inherits_no_secret(name: str) -> None:
    assert not _is_needed(name)


@pytest.mark.parametrize("name", ["PATH", "Path", "HOME", "SystemRoot", "JIGI_CORPORA", "LC_ALL", "TF_XLA_FLAGS"])
def test_it_has_what_it_needs(name: str) -> None:
    assert _is_needed(name)
