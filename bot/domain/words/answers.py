"""Answer questions about words by their vectors.

Pure: `bot.services.word_vectors` opens the vectors, `bot.wording.words` puts the answers into sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.words.questions import Kind, Layer, Question, WordMistake, checked
from model.reading.clean import clean
from model.vectors.keyed_vectors import Neighbour, Vectors
from model.vectors.speller import MatchKind, UnknownWordError

_N_AROUND = {Kind.SIMILARITY: 5, Kind.ODDONE: 3}  # neighbours of each word, to show in what company it stands
_LAST_WORD = re.compile(r"[^\s,]*$")


@dataclass(frozen=True, slots=True)
class Asked:
    """A word as somebody wrote it, and the known word that it was taken for."""

    written: str
    word: str
    how: MatchKind


@dataclass(frozen=True, slots=True)
class Answer:
    """What the vectors say. `rows` is what is listed, best first, with a score each; `around` only the picture shows.

    The score is the cosine; of an analogy it is 3CosMul's, of the odd one out the cosine to the mean of all.
    """

    question: Question
    vectors: Vectors
    asked: tuple[Asked, ...]  # the positive words, then the negative ones
    rows: tuple[Neighbour, ...]
    around: tuple[Neighbour, ...] = ()

    @property
    def words(self) -> list[str]:
        """The known words that were asked for."""
        return [asked.word for asked in self.asked]


def answer(question: Question, vectors: Vectors) -> Answer:
    """Answer a question by the vectors of its layer. Takes milliseconds: call it in a thread.

    Raises:
        WordMistake: A word is not known, or there are too few or too many.
    """
    find = _find_character if question.layer is Layer.CLASSIFIER else _find
    positive = [find(vectors, written) for written in checked(question).positive]
    negative = [find(vectors, written) for written in question.negative]
    rows = _rows(question, vectors, [asked.word for asked in positive], [asked.word for asked in negative])
    asked = (*positive, *negative)
    return Answer(question, vectors, asked, tuple(rows), tuple(_around(question.kind, vectors, asked)))


def complete(vectors: Vectors, typed: str, n: int = 25) -> list[str]:
    """Return known words for what somebody has typed so far: such that begin so, else such as may be meant."""
    if starting := vectors.suggest(typed, n):
        return starting
    try:
        return [vectors.find(typed).word]
    except UnknownWordError as unknown:
        return list(unknown.suggestions)


def complete_last(vectors: Vectors, typed: str, n: int = 25) -> list[str]:
    """Complete the last word of several, and keep those before it."""
    match = _LAST_WORD.search(typed)
    start = match.start() if match else len(typed)
    return [typed[:start] + word for word in complete(vectors, typed[start:], n)]


def _rows(question: Question, vectors: Vectors, positive: list[str], negative: list[str]) -> list[Neighbour]:
    match question.kind:
        case Kind.SIMILAR:
            return vectors.neighbours(positive[0], question.topn)
        case Kind.ANALOGY:
            return vectors.analogy(positive, negative, question.topn)
        case Kind.SIMILARITY:
            cosine = vectors.similarity(*positive)
            return [vectors.describe(word, cosine) for word in positive]
        case Kind.ODDONE:
            if len(words := list(dict.fromkeys(positive))) < 3:  # of two words none is odd
                raise WordMistake("words.oddone_usage")
            return [vectors.describe(word, cosine) for cosine, word in vectors.rank_by_centrality(words)]


def _around(kind: Kind, vectors: Vectors, asked: Iterable[Asked]) -> Iterable[Neighbour]:
    return (near for each in asked if kind in _N_AROUND for near in vectors.neighbours(each.word, _N_AROUND[kind]))


def _find(vectors: Vectors, written: str) -> Asked:
    try:
        found = vectors.find(written)
    except UnknownWordError as unknown:
        raise _unknown(written, *unknown.suggestions) from None
    return Asked(written, found.word, found.kind)


def _find_character(vectors: Vectors, written: str) -> Asked:
    character = clean(written).strip() or written.strip()
    if len(character) != 1:
        raise WordMistake("words.one_character")
    if character not in vectors:
        raise _unknown(character)
    return Asked(written, character, MatchKind.EXACT)


def _unknown(written: str, *suggestions: str) -> WordMistake:
    return WordMistake("words.unknown_meant" if suggestions else "words.unknown", (written, *suggestions))
