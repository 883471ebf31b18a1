"""Find the word that a person means: as written, by its inflected form, without its particle, or by spelling.

`model.vectors.keyed_vectors` asks it. The table of inflected forms is made at training time, so Kiwi is not needed
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from model.reading.clean import clean
from model.reading.hangul import to_jamo

# Particles, and the copula with its endings, that stay when no table knows the form.
_PARTICLES = (
    "이,가,을,를,은,는,도,만,의,에,에서,에게,한테,로,으로,와,과,랑,이랑,하고,부터,까지,보다,처럼,마다,요,이요,이다,입니다,이에요,예요,"
    "이네요,네요,이네,이고,인데,이라,라서,이라서,이나,나,이라도,밖에,조차,뿐,들,들이,들은,들을"
)
_LONGEST_FIRST = sorted(_PARTICLES.split(","), key=len, reverse=True)
_FORMS_OF_HADA, _FORMS_OF_DOEDA = "하해했한할함합", "되돼됐된될됨됩됬"
_VERB_OF_NOUN = re.compile(f"([가-힣]{{2,}}?)([{_FORMS_OF_HADA}{_FORMS_OF_DOEDA}])")


class MatchKind(StrEnum):
    """How a word was found."""

    EXACT = "exact"
    FORM = "form"  # an inflected form: 느려요 → 느리다
    PARTICLE = "particle"  # a noun with its particle: 배송이 → 배송


@dataclass(frozen=True, slots=True)
class Match:
    """The known word that was meant, and how it was found."""

    word: str
    kind: MatchKind


class UnknownWordError(KeyError):
    """A word has no vector. `suggestions` are known words that are spelled like it, nearest first."""

    def __init__(self, word: str, suggestions: Sequence[str] = ()) -> None:
        super().__init__(word)
        self.word = word
        self.suggestions = tuple(suggestions)

    def __str__(self) -> str:
        """Say which word, and which may be meant."""
        meant = f" Meant perhaps: {', '.join(self.suggestions)}" if self.suggestions else ""
        return f"{self.word!r} is not among the known words.{meant}"


class Speller:
    """Known words, most frequent first, with their inflected forms."""

    def __init__(self, words: Sequence[str], forms: Mapping[str, Sequence[str]]) -> None:
        self._words = words
        self._known = frozenset(words)
        self._dictionary_form = {form: word for word, inflected in forms.items() for form in inflected if form}

    def find(self, text: str) -> Match:
        """Return the known word that is meant.

        Raises:
            UnknownWordError: None is meant for certain; it suggests words of like spelling.
        """
        written = "".join(clean(text).split())
        if text in self._known:
            return Match(text, MatchKind.EXACT)
        if not written:
            raise UnknownWordError(text)
        if written in self._known:
            return Match(written, MatchKind.EXACT)
        if written in self._dictionary_form:
            return Match(self._dictionary_form[written], MatchKind.FORM)
        if stem := self._stem(written):
            return Match(stem, MatchKind.PARTICLE)
        if verb := self._verb_of_noun(written):
            return Match(verb, MatchKind.FORM)
        raise UnknownWordError(text, self.spelled_like(written))

    def knows(self, form: str, word: str) -> bool:
        """Say whether `find` leads from the form to the word, without looking for like spelling."""
        return self._stem(form) == word

    def spelled_like(self, text: str, n: int = 3) -> list[str]:
        """Return the `n` words nearest by jamo distance, of equals the more frequent first; none that is too far.

        Too far is more than a third of the keys, which takes 배숑 to 배송 and leaves 뷁뷁 alone.
        """
        if not (typed := to_jamo(text)):
            return []
        from rapidfuzz import process  # 3 MB, which a bot need not hold until somebody misspells a word
        from rapidfuzz.distance import Levenshtein

        too_far = max(1, len(typed) // 3)
        near = process.extract(
            typed, self._typed_words, scorer=Levenshtein.distance, processor=None, limit=n, score_cutoff=too_far
        )
        return [self._words[row] for _, _, row in near]

    def starting_with(self, prefix: str, n: int = 25) -> list[str]:
        """Return the `n` most frequent words that begin with what was typed so far; 배ㅅ and 배소 lead to 배송 too."""
        typed = to_jamo("".join(clean(prefix).split())) or prefix.strip()  # foreign words hold no Hangul
        found = (word for word, jamo in zip(self._words, self._typed_words, strict=True) if jamo.startswith(typed))
        return [word for word, _ in zip(found, range(n), strict=False)]

    def _verb_of_noun(self, text: str) -> str | None:
        """Return the verb, or else the noun, of what looks like a noun with 하다 or 되다: 반품했어요 → 반품."""
        if not (parts := _VERB_OF_NOUN.match(text)):
            return None
        noun, ending = parts.groups()
        verb = noun + ("하다" if ending in _FORMS_OF_HADA else "되다")
        return next((word for word in (verb, noun) if word in self._known), None)

    def _stem(self, text: str) -> str | None:
        return next((stem for stem in _without_particle(text) if stem in self._known), None)

    @cached_property
    def _typed_words(self) -> list[str]:
        return [to_jamo(word) for word in self._words]


def _without_particle(text: str) -> Iterator[str]:
    return (text.removesuffix(particle) for particle in _LONGEST_FIRST if text.endswith(particle) and text != particle)
