"""The sentences written for Jigi that are neither everyday chat nor reviews, to learn from.

Questions about products and announcements name 환불, 불량 and 늦다 as complaints do, and mixed reviews are neither
praise nor blame; no corpus has them, and none the talk of a channel of today. The files of `model.data` hold
sentences, `model.corpora.templates` writes more.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from model.corpora.corpus import NEUTRAL_TARGET, Corpus, make_corpus
from model.corpora.readers import read_labelled_csv, read_plain
from model.corpora.splits import Corpora
from model.corpora.templates import generate_sentences
from model.data.paths import ANNOUNCEMENTS, GOLDEN, HARD_REVIEWS, MIXED_REVIEWS, TALK
from model.reading.read import read

_N_OF_A_TEMPLATE = 50


class Sentences(NamedTuple):
    """What is written for Jigi to learn from, by kind; the last three are made of templates."""

    talk: Corpus  # of channels: games, haggling, questions to staff, jokes
    announcements: Corpus  # questions about products, announcements
    mixed: Corpus  # neither praise nor blame
    reviews: Corpus  # praise and blame of kinds that are hard to read
    questions: Corpus
    opinions: Corpus  # mixed ones
    turned: Corpus  # praise by negated blame, blame by negated praise, polite complaints


def shipped_sentences(seed: int, corpora: Corpora) -> Sentences:
    """Return the sentences of every kind.

    What stands in the golden set or among the rows that models are judged by is left out, such as short stock phrases.
    """
    generator = np.random.default_rng(seed)
    judged_by = corpora.held_out() | set(read_labelled_csv(GOLDEN).texts)
    written = Sentences(
        talk=read_plain(TALK, "shipped-talk"),
        announcements=read_plain(ANNOUNCEMENTS, "announcements"),
        mixed=read_plain(MIXED_REVIEWS, "shipped-mixed-reviews"),
        reviews=read_labelled_csv(HARD_REVIEWS),
        questions=_write("announcement-templates", ("question", "statement"), generator),
        opinions=_write("mixed-review-templates", ("mixed_reviews",), generator),
        turned=_write_reviews(generator),
    )
    return Sentences(*(corpus.without(judged_by) for corpus in written))


def _write(name: str, kinds: tuple[str, ...], generator: np.random.Generator) -> Corpus:
    sentences = generate_sentences(kinds, _N_OF_A_TEMPLATE, generator)
    return make_corpus(name, sentences, np.full(len(sentences), NEUTRAL_TARGET))


def _write_reviews(generator: np.random.Generator) -> Corpus:
    praise, blame = (
        generate_sentences(kinds, _N_OF_A_TEMPLATE, generator)
        for kinds in (("negated_praise",), ("negated_blame", "polite_complaint"))
    )
    return make_corpus("review-templates", [*praise, *blame], np.repeat([1.0, 0.0], [len(praise), len(blame)]))


def read_shipped_lines(*paths: Path) -> list[str]:
    """Return the lines of files as the network reads them, none empty, none twice."""
    texts = [read(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return list(dict.fromkeys(text for text in texts if text.strip()))
