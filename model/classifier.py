"""Classify texts: raw strings in, frozen predictions out.

The only module that knows ONNX Runtime. It is what `bot` and `python -m model score` serve with; TensorFlow is never
imported here. `model.versions.version` checks the files it reads, `model.training.train` made them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from model.errors import VersionError
from model.prediction import Explanation, Prediction
from model.reading.read import read
from model.reading.windows import combine, windows
from model.versions.version import NETWORK, PRETRAINED, read_manifest, read_vocabulary
from model.vocabulary import PAD_ID, Vocabulary

_MANY = 2_048  # texts, from which all cores are used: far more than come in at once beside a bot's event loop
_BATCH_SIZE = 64  # texts of about one length computed together; 32 to 256 hardly differ


class Classifier:
    """One model version, ready to serve. Its methods may be called from several threads."""

    def __init__(self, version: str, threshold: float, vocabulary: Vocabulary, network: bytes) -> None:
        self.version = version
        self.threshold = threshold  # P(negative) from which a text is flagged
        self.vocabulary = vocabulary
        self._session = _session(network)

    @classmethod
    def load(cls, folder: Path = PRETRAINED, name: str | None = None) -> Classifier:
        """Load the version in `folder`, by default the one that ships with Jigi; `name` goes before its own.

        Raises:
            VersionError: The version is missing or damaged; the message says what to do.
        """
        manifest = read_manifest(folder)
        network = (folder / NETWORK).read_bytes()
        return cls(name or manifest.version, manifest.threshold, read_vocabulary(folder), network)

    def classify(self, texts: Sequence[str]) -> list[Prediction]:
        """Return a prediction for each text, in order. Any string is welcome, the empty one too."""
        return self.classify_readings([read(text) for text in texts])

    def classify_readings(self, readings: Sequence[str]) -> list[Prediction]:
        """Return a prediction for each of what `model.reading.read` made of texts, in order."""
        return [Prediction(p) for p in self.probabilities_of_readings(readings).tolist()]

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return P(positive) of each text, float32 of shape (n_texts,). A long one is read whole, in windows."""
        return self.probabilities_of_readings([read(text) for text in texts])

    def probabilities_of_readings(self, readings: Sequence[str]) -> NDArray[np.float32]:
        """Return P(positive) of each of what `model.reading.read` made of texts, float32 of shape (n_readings,)."""
        parts = [windows(reading) for reading in readings]
        probabilities = self._run([part for of_text in parts for part in of_text])
        return probabilities if len(probabilities) == len(parts) else _combined(parts, probabilities.tolist())

    def explain(self, text: str) -> Explanation:
        """Return the prediction for a text and each character's influence on it, found by occlusion in one batch.

        Of a text longer than 100 characters, the most negative window is explained: it weighs most.
        """
        parts = windows(read(text))
        probabilities = self._run(parts).tolist()
        worst = probabilities.index(min(probabilities))
        influences = tuple(without - probabilities[worst] for without in self._occluded(parts[worst]))
        return Explanation(Prediction(combine(probabilities, list(map(len, parts)))), parts[worst], influences)

    def _occluded(self, text: str) -> list[float]:
        """Return P(positive) of a window without its first, second, … character."""
        ids = self.vocabulary.ids(text)
        if not len(ids):
            return []
        occluded = np.where(np.eye(len(ids), dtype=bool), PAD_ID, ids)
        lengths = np.full(len(ids), len(ids), np.int32)
        probabilities: list[float] = self._session.run(None, {"ids": occluded, "lengths": lengths})[0].tolist()
        return probabilities

    def _run(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Compute texts as the network reads them, in batches of about one length."""
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        batches = [by_length[start : start + _BATCH_SIZE] for start in range(0, len(texts), _BATCH_SIZE)]
        probabilities = np.empty(len(texts), np.float32)

        def compute(batch: list[int]) -> None:
            ids, lengths = self.vocabulary.left_aligned([texts[i] for i in batch])
            probabilities[batch] = self._session.run(None, {"ids": ids, "lengths": lengths})[0]

        if len(texts) < _MANY:
            list(map(compute, batches))
        else:
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                list(threads.map(compute, batches))
        return probabilities


def _combined(parts: Sequence[Sequence[str]], probabilities: Sequence[float]) -> NDArray[np.float32]:
    """Return one probability a text from those of its windows, which follow each other."""
    following = iter(probabilities)
    combined = [combine([next(following) for _ in of_text], list(map(len, of_text))) for of_text in parts]
    return np.array(combined, np.float32)


def _session(network: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # one message is too small to share; batches run beside the event loop
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise VersionError(
            f"The network cannot be loaded by ONNX Runtime {onnxruntime.__version__}: {error}"
        ) from error
