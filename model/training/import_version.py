"""Take a version that was exported elsewhere: its weights and vocabulary, never its network.

The network is built anew, so that no foreign graph is ever run, and judged like the candidate of a training.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.classifier import Classifier
from model.errors import VersionError
from model.evaluation.judge import golden_examples, judge
from model.gate import Gate
from model.text import read
from model.training.export import export_onnx
from model.training.network import book_network
from model.training.train import Progress, prove_parity
from model.versions.archive import unpacked
from model.versions.version import NETWORK, VOCABULARY, WEIGHTS, Manifest, publish, read_manifest, read_vocabulary
from model.versions.weights import Weights, read_weights
from model.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class _Foreign:
    """What is taken of an archive."""

    manifest: Manifest
    vocabulary: Vocabulary
    weights: Weights


def import_version(archive: Path, current: Path, output: Path, report: Progress) -> Gate:
    """Publish the version of an archive at `output`, and judge it beside the one at `current`.

    Publishing the folder decides nothing: whoever serves versions goes by the gate. `report` gets one JSON object, as
    at the end of a training.

    Raises:
        VersionError: The archive cannot be read, or holds no such version.
        ParityError: ONNX Runtime and Keras differ by more than 1e-5.
    """
    foreign = _read(archive)
    network = book_network(len(foreign.vocabulary))
    network.set_weights(list(foreign.weights.values()))
    provenance = {**foreign.manifest.provenance, "imported": foreign.manifest.version}
    manifest = Manifest(output.name, foreign.manifest.threshold, foreign.manifest.metrics, provenance)
    publish(output, manifest, lambda folder: _write(foreign, folder))
    candidate = Classifier.load(output)
    difference = prove_parity(candidate, network, [read(example.text) for example in golden_examples()])
    gate = judge(candidate, Classifier.load(current), [], difference)
    report({"event": "done", "version": manifest.version, "threshold": manifest.threshold, "gate": gate.as_json()})
    return gate


def _read(archive: Path) -> _Foreign:
    try:
        content = archive.read_bytes()
    except OSError as error:
        raise VersionError(f"{archive} cannot be read: {error.strerror}") from error
    with unpacked(content) as folder:
        manifest = read_manifest(folder).bounded()
        vocabulary = read_vocabulary(folder)
        return _Foreign(manifest, vocabulary, read_weights(folder, len(vocabulary)))


def _write(foreign: _Foreign, folder: Path) -> None:
    foreign.vocabulary.save(folder / VOCABULARY)
    np.savez(folder / WEIGHTS, **foreign.weights)  # type: ignore[arg-type]
    export_onnx(foreign.weights, folder / NETWORK)
