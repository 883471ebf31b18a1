"""The chapter's three networks for the characters of Korean reviews, and the rows they learn from and are tested on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from model.book.imdb import Rows
from model.book.networks import Build, embedding_dense, lstm, simple_rnn
from model.book.training import Schedule, load_weights
from model.corpora.corpus import Corpus
from model.errors import CommandError
from model.versions.weights import EMBEDDING_DIM
from model.vocabulary import MAX_LENGTH, Vocabulary

KOREAN: Mapping[str, Build] = {"dense": embedding_dense, "simple-rnn": simple_rnn, "lstm": lstm}
SCHEDULE = Schedule(epochs=2)  # the book's
VOCABULARY = "vocabulary.json"


def korean_network(kind: str, n_ids: int) -> keras.Model:
    """Return one of the networks, its weights drawn anew: ids (batch, 100) → P(positive) (batch, 1)."""
    return KOREAN[kind](n_ids, MAX_LENGTH, EMBEDDING_DIM)


def korean_rows(corpus: Corpus, vocabulary: Vocabulary) -> Rows:
    """Return the padded ids of polar texts, and their labels."""
    return Rows(vocabulary.encode(corpus.texts), (corpus.targets > 0.5).astype(np.float32))


def load_korean(kind: str, folder: Path) -> tuple[keras.Model, Vocabulary]:
    """Return a trained network and its vocabulary.

    Raises:
        CommandError: There is none in the folder.
    """
    try:
        vocabulary = Vocabulary.load(folder / VOCABULARY)
    except (OSError, ValueError) as error:
        raise CommandError(f"{folder} must hold a trained network: {error}. Train it with `book compare`.") from error
    network = korean_network(kind, len(vocabulary))
    load_weights(network, folder)
    return network, vocabulary
