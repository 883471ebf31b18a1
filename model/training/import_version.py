"""Take a version that was exported elsewhere: its weights and vocabulary, never its network.

The network is built anew, so that no foreign graph is ever run, and judged like the candidate of a training.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from model.classifier import Classifier
from model.errors import VersionError
from model.evaluation.golden import golden_examples
from model.evaluation.judge import judge
from model.events import DoneEvent, Report
from model.gate import Gate
from model.training.network import book_network
from model.training.publish import ExportedNetwork, prove_parity, publish_version
from model.versions.archive import unpacked
from model.versions.version import Manifest, read_manifest, read_vocabulary
from model.versions.weights import read_weights


def import_version(archive: Path, current: Path, output: Path, report: Report) -> Gate:
    """Publish the version of an archive at `output`, and judge it beside the one at `current`.

    Publishing the folder decides nothing: whoever serves versions goes by the gate.

    Raises:
        VersionError: The archive cannot be read, or holds no such version.
        ParityError: ONNX Runtime and Keras differ by more than 1e-5.
    """
    foreign, exported = _read(archive)
    network = book_network(len(exported.vocabulary))
    network.set_weights(list(exported.weights.values()))
    candidate = exported.classifier(output.name, foreign.threshold)
    difference = prove_parity(candidate, network, [example.text for example in golden_examples()])
    gate = judge(candidate, Classifier.load(current), [], difference)
    provenance = {**foreign.provenance, "imported": foreign.version}
    publish_version(output, replace(foreign, version=output.name, provenance=provenance), exported)
    report(DoneEvent(version=output.name, threshold=foreign.threshold, metrics=foreign.metrics, gate=gate))
    return gate


def _read(archive: Path) -> tuple[Manifest, ExportedNetwork]:
    try:
        content = archive.read_bytes()
    except OSError as error:
        raise VersionError(f"{archive} cannot be read: {error.strerror}") from error
    with unpacked(content) as folder:
        manifest, vocabulary = read_manifest(folder).bounded(), read_vocabulary(folder)
        weights = read_weights(folder, len(vocabulary))
    return manifest, ExportedNetwork.of(vocabulary, weights)
