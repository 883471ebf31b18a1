"""The sentences written for Jigi that are neither everyday chat nor reviews, to learn from.

Questions about products and announcements name 환불, 불량 and 늦다 as complaints do, and mixed reviews are neither
praise nor blame; no corpus has them. `announcements.txt` and `mixed_reviews.txt` hold sentences,
`model.corpora.templates` writes more.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model.corpora.corpus import NEUTRAL_TARGET, Corpus, make_corpus
from model.corpora.readers import read_labelled_csv, read_plain
from model.corpora.splits import Corpora
from model.corpora.templates import generate_sentences
from model.data.paths import ANNOUNCEMENTS, GOLDEN, MIXED_REVIEWS
from model.reading import read

_N_OF_A_TEMPLATE = 50
_TEMPLATES = {"announcement-templates": ("question", "statement"), "mixed-review-templates": ("mixed_reviews",)}


def shipped_sentences(seed: int, corpora: Corpora) -> tuple[Corpus, Corpus, Corpus, Corpus]:
    """Return the neutral and the mixed sentences, then those that the grammar writes of both kinds.

    What stands in the golden set or among the rows that models are judged by is left out, such as short stock phrases.
    """
    generator = np.random.default_rng(seed)
    written = [_write(name, kinds, generator) for name, kinds in _TEMPLATES.items()]
    held_out = {text for split in corpora.splits() for part in (split.validation, split.test) for text in part.texts}
    held_out |= set(read_labelled_csv(GOLDEN).texts)
    own = (read_plain(ANNOUNCEMENTS, "announcements"), read_plain(MIXED_REVIEWS, "shipped-mixed-reviews"), *written)
    neutral, mixed, questions, opinions = (
        corpus.take(np.array([text not in held_out for text in corpus.texts])) for corpus in own
    )
    return neutral, mixed, questions, opinions


def _write(name: str, kinds: tuple[str, ...], generator: np.random.Generator) -> Corpus:
    sentences = generate_sentences(kinds, _N_OF_A_TEMPLATE, generator)
    return make_corpus(name, sentences, np.full(len(sentences), NEUTRAL_TARGET))


def read_shipped_lines(*paths: Path) -> list[str]:
    """Return the lines of files as the network reads them, none empty, none twice."""
    texts = [read(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return list(dict.fromkeys(text for text in texts if text.strip()))
