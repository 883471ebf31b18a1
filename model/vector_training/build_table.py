"""Make the table that is served from vectors and analysed corpora: counts, polarities and inflected forms.

`model.vector_training.train` learns the vectors, `model.vector_training.morphemes` analysed the corpora,
`model.vectors.table` writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.vector_training.compounds import Compounds
from model.vector_training.morphemes import WordFiles
from model.vectors.speller import Speller
from model.vectors.table import WordTable, to_int8

_SMOOTHING = 10.0  # balanced occurrences that a word needs before its polarity counts for half


def make_table(
    files: Sequence[WordFiles], compounds: Compounds, words: Sequence[str], vectors: NDArray[np.float32], n_forms: int
) -> WordTable:
    """Round the vectors and add counts, polarities and forms; a corpus counts once, however often it is repeated."""
    counts: Counter[str] = Counter()
    balance: dict[str, NDArray[np.float64]] = {}
    for file in files:
        _count(file, compounds, counts, balance)
    order = sorted(range(len(words)), key=lambda row: (-counts[words[row]], words[row]))
    ordered = [words[row] for row in order]
    return WordTable(
        ordered,
        to_int8(vectors[order]),
        np.array([counts[word] for word in ordered], np.uint32),
        np.array([_polarity(balance.get(word)) for word in ordered], np.float16),
        collect_forms(files, compounds, ordered, n_forms),
    )


def _count(
    file: WordFiles, compounds: Compounds, counts: Counter[str], balance: dict[str, NDArray[np.float64]]
) -> None:
    """Add a corpus' counts; negative and positive texts weigh the same in all, however many there are of each."""
    of_label: dict[str, Counter[str]] = {"0": Counter(), "1": Counter(), "": Counter()}
    n_texts: Counter[str] = Counter()
    for label, marked in file.labelled_words():
        words = compounds.join(marked)
        counts.update(words)
        of_label[label].update(set(words))
        n_texts[label] += 1
    n_labelled = n_texts["0"] + n_texts["1"]
    for column, label in enumerate("01"):
        for word, n in of_label[label].items():
            balance.setdefault(word, np.zeros(2))[column] += n * n_labelled / (2 * n_texts[label])


def _polarity(balance: NDArray[np.float64] | None) -> float:
    """Return (positive - negative) / (positive + negative) of balanced counts, drawn towards 0 where they are few."""
    if balance is None:
        return float("nan")
    negative, positive = balance.tolist()
    return float((positive - negative) / (positive + negative + _SMOOTHING))


def collect_forms(
    files: Sequence[WordFiles], compounds: Compounds, words: Sequence[str], n: int
) -> dict[str, list[str]]:
    """Return the `n` most frequent written forms of known words that the words and rules alone do not lead to."""
    analyses: dict[str, Counter[str]] = {}
    for file in files:
        for form, marked, count in file.counted_forms():
            joined = compounds.join(marked.split())
            analyses.setdefault(form, Counter())[joined[0] if len(joined) == 1 else ""] += count
    known, speller = set(words), Speller(words, {})
    chosen = {form: analysis.most_common(1)[0] for form, analysis in analyses.items()}
    useful = [
        (-count, form, word)
        for form, (word, count) in chosen.items()
        if word in known and form != word and form and " " not in form
    ]
    forms: dict[str, list[str]] = {}
    n_taken = 0
    for _, form, word in sorted(useful):
        if n_taken < n and not speller.knows(form, word):
            forms.setdefault(word, []).append(form)
            n_taken += 1
    return forms
