"""Take a version that was exported elsewhere: its weights and vocabulary, never its network.

The network is built anew, so that no foreign graph is ever run, and judged like the candidate of a training.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from model.classifier import Classifier
from model.evaluation.judge import judge
from model.events import DoneEvent, Report
from model.gate import Gate
from model.golden import golden_examples
from model.training.network import book_network
from model.training.publish import ExportedNetwork, prove_parity, publish_version
from model.versions.foreign import ForeignVersion


def import_version(foreign: ForeignVersion, current: Path, output: Path, report: Report) -> Gate:
    """Publish a version from elsewhere at `output`, and judge it beside the one at `current`.

    Publishing the folder decides nothing: whoever serves versions goes by the gate.

    Raises:
        ParityError: ONNX Runtime and Keras differ by more than 1e-5.
    """
    manifest, exported = foreign.manifest, ExportedNetwork.of(foreign.vocabulary, foreign.weights)
    network = book_network(len(exported.vocabulary))
    network.set_weights(list(exported.weights.values()))
    candidate = exported.classifier(output.name, manifest.threshold)
    difference = prove_parity(candidate, network, [example.text for example in golden_examples()])
    gate = judge(candidate, Classifier.load(current), [], difference)
    provenance = {**manifest.provenance, "imported": manifest.version}
    publish_version(output, replace(manifest, version=output.name, provenance=provenance), exported)
    report(DoneEvent(version=output.name, threshold=manifest.threshold, metrics=manifest.metrics, gate=gate))
    return gate
