"""Decide which morphemes make one word: 재미 + 없다 → 재미없다, 저렴 + 하다 → 저렴하다, but 배송 + 상태 stay two.

`model.vector_training.morphemes` marks what was written without a space; here counts decide, as gensim's `Phrases` does
for words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

JOINS = "+"  # a word that begins with it was written onto the one before: "재미 +없다" was 재미없다
SUFFIX = "="  # a suffix that makes a verb or adjective of the noun before: "반품 =하다" was 반품하다
_MARKS = JOINS + SUFFIX


@dataclass(frozen=True, slots=True)
class Compounds:
    """The pairs that are one word."""

    pairs: frozenset[tuple[str, str]]
    independent: frozenset[str]

    @classmethod
    def learn(cls, lines: Iterable[Sequence[str]], min_count: int, threshold: float, independence: float) -> Compounds:
        """Count marked words and keep the pairs that stand together more often than by chance.

        The score is `(n_ab - min_count) * n_words / (n_a * n_b)`, that of gensim's `Phrases`. A noun is independent
        when at least that share of its uses is without a suffix; such a noun stays itself before 하다.
        """
        singles: Counter[str] = Counter()
        together: Counter[tuple[str, str]] = Counter()
        suffixed: Counter[str] = Counter()
        for line in lines:
            before = ""
            for marked in line:
                word = marked.lstrip(_MARKS)
                singles[word] += 1
                if marked[0] == JOINS:
                    together[before, word] += 1
                elif marked[0] == SUFFIX:
                    suffixed[before] += 1
                before = word
        n_words = len(singles)
        pairs = frozenset(
            pair
            for pair, n in together.items()
            if (n - min_count) * n_words > threshold * singles[pair[0]] * singles[pair[1]]
        )
        return cls(pairs, frozenset(w for w, n in suffixed.items() if singles[w] - n >= independence * singles[w]))

    def join(self, line: Iterable[str]) -> list[str]:
        """Return the words of a line of marked words."""
        words: list[str] = []
        before = ""
        for marked in line:
            word = marked.lstrip(_MARKS)
            if marked[0] == SUFFIX and words:
                if words[-1] not in self.independent:
                    words[-1] += word
            elif marked[0] == JOINS and words and (before, word) in self.pairs:
                words[-1] += word
            else:
                words.append(word)
            before = word
        return words
