"""Put the answers of word vectors into sentences, a table and a picture. Knows nothing of Discord.

`bot.domain.words.answers` answers, `bot.cogs.words` and `bot.console.app` show what is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.words.answers import Answer
from bot.domain.words.questions import Kind, Layer
from bot.localisation.formats import clip, pad_left, printable, width
from bot.localisation.texts import Texts
from model.vectors.keyed_vectors import Neighbour
from model.vectors.speller import MatchKind

_LONGEST_WORD = 30  # cells: what people write, and a word of vectors made elsewhere, may be anything
_SIDES = {-1: "words.negative", 0: "words.neutral", 1: "words.positive"}


@dataclass(frozen=True, slots=True)
class Written:
    """An answer in words: sentences, then rows whose columns are aligned, then what the columns are."""

    head: list[str]
    table: list[str]
    foot: str


def write(answer: Answer, texts: Texts, name: Callable[[str], str] = str) -> Written:
    """Write an answer; `name` says how a word is set off in a sentence."""

    def shown(word: str) -> str:
        return name(readable(word, texts))

    found_otherwise = [asked for asked in answer.asked if asked.how is not MatchKind.EXACT]
    notes = [texts("words.found", written=shown(asked.written), word=shown(asked.word)) for asked in found_otherwise]
    head = [*notes, title(answer, texts, shown), *_about_word(answer, texts)]
    has_scores = answer.question.kind is not Kind.SIMILARITY
    return Written(head, _table(answer.rows, texts, has_scores=has_scores), _foot(answer, texts))


def readable(word: str, texts: Texts) -> str:
    """Return a word as it may be shown: the space, too, and nothing that is too long or invisible."""
    return clip(printable(word), _LONGEST_WORD) if word.strip() else texts("words.space")


def describe_picture(answer: Answer, texts: Texts) -> str:
    """Say in a sentence what the picture shows, for those who cannot see it."""
    words = [each.word for each in (*answer.rows, *answer.around) if each.word not in answer.words]
    near = ", ".join(readable(word, texts) for word in dict.fromkeys(words))
    asked = ", ".join(readable(word, texts) for word in dict.fromkeys(answer.words))
    return texts("words.picture", words=asked, neighbours=near)


def title(answer: Answer, texts: Texts, name: Callable[[str], str]) -> str:
    """Say what was asked, and of some questions the answer; `name` says how a word is set off."""
    n_positive = len(answer.question.positive)
    words = [name(word) for word in answer.words]
    match answer.question.kind:
        case Kind.SIMILAR if answer.question.layer is Layer.CLASSIFIER:
            return texts("words.characters_title", word=words[0])
        case Kind.SIMILAR:
            return texts("words.similar_title", word=words[0])
        case Kind.ANALOGY:
            sum_of_words = " − ".join([" + ".join(words[:n_positive]), *words[n_positive:]])
            return texts("words.analogy_title", words=sum_of_words)
        case Kind.SIMILARITY:
            cosine = f"{answer.rows[0].cosine:.3f}"
            return texts("words.similarity_title", first=words[0], second=words[1], cosine=cosine)
        case Kind.ODDONE:
            return texts("words.oddone_title", word=name(answer.rows[-1].word))


def _about_word(answer: Answer, texts: Texts) -> list[str]:
    if answer.question.kind is not Kind.SIMILAR:
        return []
    about = answer.vectors.describe(answer.words[0])
    if about.count is None or about.pole is None:
        return []
    return [texts("words.about", count=f"{about.count:,}", leaning=texts(_SIDES[about.pole]))]


def _foot(answer: Answer, texts: Texts) -> str:
    is_counted = any(row.count is not None for row in answer.rows)
    match answer.question.kind:
        case Kind.SIMILARITY:
            return texts("words.columns_counts") if is_counted else ""
        case Kind.ANALOGY:
            score = texts("words.column_cosmul")
        case Kind.ODDONE:
            score = texts("words.column_centrality")
        case Kind.SIMILAR:
            score = texts("words.column_cosine")
    return texts("words.columns" if is_counted else "words.columns_score", score=score)


def _table(rows: Sequence[Neighbour], texts: Texts, *, has_scores: bool) -> list[str]:
    """Write a row each, the word last: what is before it is aligned however wide a font draws Hangul."""
    scores = [f"{row.cosine:.3f}" if has_scores else "" for row in rows]
    counts = ["" if row.count is None else f"{row.count:,}×" for row in rows]
    sides = ["" if row.pole is None else texts(_SIDES[row.pole]) for row in rows]
    columns = [_aligned(cells) for cells in (scores, counts, sides) if any(cells)]
    words = [readable(row.word, texts) for row in rows]
    return ["  ".join(cells) for cells in zip(*columns, words, strict=True)]


def _aligned(cells: Sequence[str]) -> list[str]:
    return [pad_left(cell, max(map(width, cells))) for cell in cells]
