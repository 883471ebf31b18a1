"""A model version on disk: whole, checked, or an error that says what to do."""

import json
from pathlib import Path

import pytest

from model.classifier import Classifier
from model.errors import VersionError
from model.versions.folder import MANIFEST
from model.versions.version import (
    NETWORK,
    PRETRAINED,
    VOCABULARY,
    WEIGHTS,
    Manifest,
    publish,
    read_manifest,
    read_vocabulary,
)
from tests.support.tiny_model import make_keyword_model


def test_a_published_version_reads_back(tmp_path: Path) -> None:
    folder = make_keyword_model(tmp_path / "keyword-1", threshold=0.8)
    assert read_manifest(folder) == Manifest("keyword-1", 0.8)
    assert [path.name for path in tmp_path.iterdir()] == ["keyword-1"]


def test_publishing_again_replaces_the_version(tmp_path: Path) -> None:
    make_keyword_model(tmp_path / "m", threshold=0.8)
    make_keyword_model(tmp_path / "m", threshold=0.7)
    assert read_manifest(tmp_path / "m").threshold == 0.7
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_failure_while_writing_leaves_the_older_version(tmp_path: Path) -> None:
    folder = make_keyword_model(tmp_path / "m")

    def fail(aside: Path) -> None:
        (aside / NETWORK).write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        publish(folder, Manifest("next", 0.5), fail)
    assert read_manifest(folder).version == "keyword-1"
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_a_missing_version_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(VersionError, match=r"No model can be read.*Install Jigi again"):
        Classifier.load(tmp_path / "nothing")


@pytest.mark.parametrize("name", [NETWORK, VOCABULARY])
def test_a_changed_file_is_a_clear_error(tmp_path: Path, name: str) -> None:
    folder = make_keyword_model(tmp_path / "m")
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(VersionError, match="damaged"):
        Classifier.load(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 99}, {"threshold": "high"}, {"threshold": True}, {"threshold": 0}, {"threshold": 1.1},
        {"threshold": float("nan")}, {"sha256": None}, {"sha256": {}}, {"version": 3}, {"provenance": []},
    ],
)  # fmt: skip
def test_a_manifest_of_another_kind_is_a_clear_error(tmp_path: Path, change: dict[str, object]) -> None:
    folder = make_keyword_model(tmp_path / "m")
    document = json.loads((folder / MANIFEST).read_text()) | change
    (folder / MANIFEST).write_text(json.dumps(document))
    with pytest.raises(VersionError):
        Classifier.load(folder)


@pytest.mark.parametrize("name", [NETWORK, WEIGHTS, VOCABULARY])
def test_a_missing_file_is_a_clear_error(tmp_path: Path, name: str) -> None:
    folder = make_keyword_model(tmp_path / "m")
    (folder / name).unlink()
    with pytest.raises(VersionError, match=f"{name} cannot be read.*Install Jigi again"):
        Classifier.load(folder)


@pytest.mark.parametrize("content", ["[]", '{"characters": 3}', '{"characters": "가가"}', "no json", "[" * 100_000])
def test_a_vocabulary_that_is_none_is_a_clear_error(tmp_path: Path, content: str) -> None:
    (tmp_path / VOCABULARY).write_text(content, encoding="utf-8")
    with pytest.raises(VersionError, match=f"{VOCABULARY} cannot be read"):
        read_vocabulary(tmp_path)


def test_what_was_released_still_loads() -> None:
    manifest = read_manifest(PRETRAINED)
    assert manifest.version == "jigi-3"
    assert manifest.recipe["name"] == "polish"


def test_a_figure_that_is_none_in_an_earlier_manifest_is_read(tmp_path: Path) -> None:
    folder = make_keyword_model(tmp_path / "m")
    document = json.loads((folder / MANIFEST).read_text()) | {"metrics": {"chat": {"flagged": float("nan")}}}
    (folder / MANIFEST).write_text(json.dumps(document))
    assert read_manifest(folder).bounded().metrics == {"chat": {"flagged": None}}


def test_of_a_manifest_from_elsewhere_only_so_much_is_kept() -> None:
    long, many = "9" * 3_000, list(range(10_000))
    facts = {"n_examples": long, "recipe": long, "command": long, "history": {"loss": many}, "seed": 3}
    kept = Manifest(long, 0.9, {"figures": {long: many}}, facts).bounded()
    assert kept.provenance.keys() == {"command", "history", "seed"}
    assert len(kept.version) == len(kept.provenance["command"]) == 300
    assert len(json.dumps(kept.metrics)) < 2_000


def test_a_recipe_that_is_none_is_an_empty_one() -> None:
    assert Manifest("m", 0.9, {}, {"recipe": "jigi"}).recipe == {}


def test_a_network_that_is_none_is_a_clear_error() -> None:
    from model.vocabulary import Vocabulary

    with pytest.raises(VersionError, match="ONNX Runtime"):
        Classifier("broken", 0.9, Vocabulary("가"), b"no network")
