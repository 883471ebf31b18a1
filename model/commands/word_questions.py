"""`python -m model vectors analogy · similarity · oddone · questions`: ask any loaded word vectors; needs no gensim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from model.commands.files import vectors_folder
from model.errors import CommandError
from model.vectors.keyed_vectors import Vectors
from model.vectors.speller import UnknownWordError

_Words = Annotated[tuple[str, ...], Parameter(consume_multiple=True)]
_AtLeastOne = Annotated[int, Parameter(validator=Number(gte=1))]


def analogy(
    *,
    positive: _Words,
    negative: _Words = (),
    method: Literal["cosmul", "cosadd"] = "cosmul",
    topn: _AtLeastOne = 10,
    vectors: Path | None = None,
) -> None:
    """Show what is near all positive words and far from the negative ones: Seoul and France without Paris.

    Args:
        positive: words to be near to
        negative: words to be far from
        method: multiply the cosines (gensim's most_similar_cosmul), or add the vectors (most_similar)
        topn: how many words
        vectors: folder (default: VECTORS, or the shipped one)
    """
    asked = Vectors.load(vectors_folder(vectors))
    near, far = _known(asked, positive), _known(asked, negative)
    ask = asked.most_similar_cosmul if method == "cosmul" else asked.most_similar
    print(_scores(ask(near, far, topn)))


def similarity(first: str, second: str, /, *, vectors: Path | None = None) -> None:
    """Show how near two words are: the cosine of their vectors.

    Args:
        first: a word
        second: another
        vectors: folder (default: VECTORS, or the shipped one)
    """
    asked = Vectors.load(vectors_folder(vectors))
    print(f"{asked.similarity(*_known(asked, (first, second))):.4f}")


def oddone(first: str, second: str, third: str, /, *words: str, vectors: Path | None = None) -> None:
    """Show which word does not belong to the others: gensim's doesnt_match.

    Args:
        first: a word
        second: another
        third: another
        words: more of them
        vectors: folder (default: VECTORS, or the shipped one)
    """
    asked = Vectors.load(vectors_folder(vectors))
    print(asked.doesnt_match(_known(asked, (first, second, third, *words))))


def questions(*, topn: _AtLeastOne = 5, vectors: Path | None = None) -> None:
    """Ask the chapter's questions in English and in Korean, as far as the vectors know the words.

    Args:
        topn: how many words an answer has
        vectors: folder (default: VECTORS, or the shipped one)
    """
    asked = Vectors.load(vectors_folder(vectors))
    for question in _QUESTIONS:
        print(question.asked)
        try:
            answer = question.answer(asked, topn)
        except UnknownWordError as error:
            print(f"  ({error.word}: 이 벡터에 없는 단어예요)")
            continue
        print(f"  {answer}" if isinstance(answer, str) else _scores(answer))


@dataclass(frozen=True, slots=True)
class _Question:
    """A question as a reader of the chapter types it, and what answers it."""

    asked: str
    answer: Callable[[Vectors, int], str | Sequence[tuple[str, float]]]


def _similar(word: str) -> _Question:
    def answer(vectors: Vectors, topn: int) -> Sequence[tuple[str, float]]:
        return vectors.most_similar(_as_known(vectors, word), topn=topn)

    return _Question(f'most_similar("{word}")', answer)


def _cosmul(positive: list[str], negative: list[str]) -> _Question:
    def answer(vectors: Vectors, topn: int) -> Sequence[tuple[str, float]]:
        near, far = ([_as_known(vectors, word) for word in words] for words in (positive, negative))
        return vectors.most_similar_cosmul(near, far, topn)

    return _Question(f"most_similar_cosmul(positive={positive}, negative={negative})", answer)


def _similarity(first: str, second: str) -> _Question:
    def answer(vectors: Vectors, topn: int) -> str:
        return f"{vectors.similarity(_as_known(vectors, first), _as_known(vectors, second)):.4f}"

    return _Question(f'similarity("{first}", "{second}")', answer)


def _odd_one(words: list[str]) -> _Question:
    def answer(vectors: Vectors, topn: int) -> str:
        return vectors.doesnt_match([_as_known(vectors, word) for word in words])

    return _Question(f"doesnt_match({words})", answer)


_QUESTIONS = (
    _similar("cat"),
    _cosmul(["Seoul", "France"], ["Paris"]),
    _cosmul(["woman", "king"], ["man"]),
    _similarity("cat", "dog"),
    _odd_one(["breakfast", "lunch", "dinner", "car"]),
    _similar("고양이"),
    _cosmul(["서울", "프랑스"], ["파리"]),
    _cosmul(["여자", "왕"], ["남자"]),
    _similarity("고양이", "강아지"),
    _odd_one(["아침", "점심", "저녁", "자동차"]),
)


def _as_known(vectors: Vectors, word: str) -> str:
    """Return the word as the vectors have it: many know lower case alone.

    Raises:
        UnknownWordError: They have it in neither.
    """
    for written in (word, word.lower()):
        if written in vectors:
            return written
    return vectors.find(word).word


def _known(vectors: Vectors, words: Sequence[str]) -> list[str]:
    try:
        return [_as_known(vectors, word) for word in words]
    except UnknownWordError as error:
        raise CommandError(str(error)) from error


def _scores(found: Sequence[tuple[str, float]]) -> str:
    return "\n".join(f"  {score:.4f}  {word}" for word, score in found)
