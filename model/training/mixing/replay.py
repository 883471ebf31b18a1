"""What a fine-tuning reads: the examples, and sentences that keep the network from forgetting what it knew.

The replayed sentences were written for Jigi and ship with it: everyday chat, questions and announcements, talk of
channels, reviews (praise, complaints, mixed ones). Recombined they are more. Their targets are what the base says of
them, so nothing is taught; the ranked tail keeps complaints above talk. The golden set is never among them: it judges.
`model.training.finetune` asks for the mixture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.classifier import Classifier
from model.corpora.readers import read_labelled_csv
from model.corpora.shipped import read_shipped_lines
from model.data.paths import ANNOUNCEMENTS, CHAT, HARD_REVIEWS, MIXED_REVIEWS, REVIEWS, TALK
from model.examples import Example, ExampleLabel, target_of
from model.reading.read import read
from model.training.batches import Ids
from model.training.mixing.augmentation import recombine
from model.training.mixing.mixture import Floats, Mixture, Part

# Each is drawn as often as the others.
_TALK, _REVIEWS = (CHAT, ANNOUNCEMENTS, TALK), (REVIEWS, HARD_REVIEWS, MIXED_REVIEWS)
_COMPLAINT = 0.2  # P(positive), by the base, below which a review is a complaint
_MOST_DRAWN = 2_000  # examples in an epoch, which bounds the time of a training


@dataclass(frozen=True, slots=True)
class EncodedExamples:
    """Examples as the network reads them: ids (n, 100), and P(positive) that each is taught, float32 (n,).

    `talk` and `blame`, float32 (n,), are 1 for the neutral and the negative ones, to `model.training.ranked_tail`.
    """

    ids: Ids
    targets: Floats
    talk: Floats
    blame: Floats


def encode_examples(examples: Sequence[Example], base: Classifier, neutral_target: float) -> EncodedExamples:
    """Encode the examples. Characters that the base does not know stay unknown: its vocabulary is fixed."""
    ids = base.vocabulary.encode([read(example.text) for example in examples])
    targets = np.array([target_of(each.label, neutral_target) for each in examples], np.float32)
    sides = (ExampleLabel.NEUTRAL, ExampleLabel.NEGATIVE)
    talk, blame = (np.array([each.label == side for each in examples], np.float32) for side in sides)
    return EncodedExamples(ids, targets, talk, blame)


def mix_with_replay(
    encoded: EncodedExamples, base: Classifier, n_taught: int, n_replayed: int, batch_size: int, seed: int
) -> Mixture:
    """Return the epochs: `n_taught` rows of examples or each once if there are more, and at least as much replay."""
    n_taught = min(max(n_taught, len(encoded.ids)), _MOST_DRAWN)
    n_each = max(n_replayed, n_taught) // (len(_TALK) + len(_REVIEWS))
    generator = np.random.default_rng(seed)
    replay = [_replayed(_texts(path), base, n_each, True, generator) for path in _TALK]
    replay += [_replayed(_texts(path), base, n_each, False, generator) for path in _REVIEWS]
    taught = Part(encoded.ids, encoded.targets, 1.0, n_taught, encoded.talk, encoded.blame)
    return Mixture([taught, *replay], int(base.vocabulary.ids(" ")[0]), 0.0, batch_size, seed)


def _texts(path: Path) -> list[str]:
    return read_labelled_csv(path).texts if path.suffix == ".tsv" else read_shipped_lines(path)


def _replayed(texts: list[str], base: Classifier, n_drawn: int, is_talk: bool, generator: np.random.Generator) -> Part:
    texts = list(dict.fromkeys([*texts, *map(read, recombine(texts, generator))]))
    said = base.probabilities(texts)
    talk, blame = (np.ones_like(said), None) if is_talk else (None, np.where(said < _COMPLAINT, 1 - said, 0))
    return Part(base.vocabulary.encode(texts), said, 1.0, n_drawn, talk, blame)
