"""What a fine-tuning reads: the examples, and sentences that keep the network from forgetting what it knew.

The replayed sentences were written for Jigi and ship with it: everyday chat, questions and announcements, reviews
(praise, complaints, mixed ones). Recombined they are more. Their targets are what the base says of them, so nothing
is taught.
The golden set is never among them: it judges. `model.training.finetune` asks for the mixture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.classifier import Classifier
from model.corpora.shipped import read_shipped_lines
from model.data.paths import ANNOUNCEMENTS, CHAT, MIXED_REVIEWS, REVIEWS
from model.examples import Example, target_of
from model.reading import read
from model.training.augmentation import recombine
from model.training.batches import Ids
from model.training.mixture import Floats, Mixture, Part

# What is drawn together, each as often as the others.
_KINDS = ((CHAT,), (ANNOUNCEMENTS,), (REVIEWS, MIXED_REVIEWS))

_MOST_DRAWN = 2_000  # examples in an epoch, which bounds the time of a training


@dataclass(frozen=True, slots=True)
class EncodedExamples:
    """Examples as the network reads them: ids (n, 100), and P(positive) that each is taught, float32 (n,)."""

    ids: Ids
    targets: Floats


def encode_examples(examples: Sequence[Example], base: Classifier, neutral_target: float) -> EncodedExamples:
    """Encode the examples. Characters that the base does not know stay unknown: its vocabulary is fixed."""
    ids = base.vocabulary.encode([read(example.text) for example in examples])
    return EncodedExamples(ids, np.array([target_of(each.label, neutral_target) for each in examples], np.float32))


def mix_with_replay(
    encoded: EncodedExamples, base: Classifier, n_taught: int, n_replayed: int, batch_size: int, seed: int
) -> Mixture:
    """Return the epochs: `n_taught` rows of examples or each once if there are more, and at least as much replay."""
    n_taught = min(max(n_taught, len(encoded.ids)), _MOST_DRAWN)
    n_each = max(n_replayed, n_taught) // len(_KINDS)
    generator = np.random.default_rng(seed)
    replay = [_replayed(read_shipped_lines(*paths), base, n_each, generator) for paths in _KINDS]
    parts = [Part(encoded.ids, encoded.targets, 1.0, n_taught), *replay]
    return Mixture(parts, int(base.vocabulary.ids(" ")[0]), 0.0, batch_size, seed)


def _replayed(texts: list[str], base: Classifier, n_drawn: int, generator: np.random.Generator) -> Part:
    texts = list(dict.fromkeys([*texts, *map(read, recombine(texts, generator))]))
    return Part(base.vocabulary.encode(texts), base.probabilities(texts), 1.0, n_drawn)
