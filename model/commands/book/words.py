"""`python -m model book words`: from words to numbers, one-hot rows and dense vectors."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number
from numpy.typing import NDArray

from model.commands.book.output import quiet_tensorflow

_SENTENCES = ("You are the Best", "You are the Nice")
_NEW_SENTENCE = "You are the One"


def words(
    *sentences: str,
    new: str = _NEW_SENTENCE,
    num_words: Annotated[int, Parameter(validator=Number(gte=2, lte=1000))] = 10,
    dimensions: Annotated[int, Parameter(validator=Number(gte=1, lte=64))] = 4,
) -> None:
    """Show how words become numbers: index, sequences, binary matrix, one-hot rows, dense vectors.

    Args:
        sentences: what the vocabulary is made of (default: the chapter's two)
        new: a sentence that was not there
        num_words: ids that are used; rarer words are <OOV>
        dimensions: of the dense vectors
    """
    from model.book.words import WordVocabulary, one_hot

    sentences = sentences or _SENTENCES
    vocabulary = WordVocabulary.fit(sentences, num_words)
    ids = [vocabulary.ids(sentence) for sentence in sentences]
    print(f"문장       {list(sentences)}")
    print(f"단어 번호  {vocabulary.word_index}")
    print(f"번호열     {ids}")
    print(f"새 문장    {new!r} → {[vocabulary.ids(new)]}")
    _print_rows("이진 행렬: 그 번호의 단어가 있으면 1", vocabulary.matrix(sentences))
    first = vocabulary.encode(sentences[:1], max(1, len(ids[0])))[0]
    _print_rows("첫 문장의 원-핫 벡터 (to_categorical)", one_hot(first, num_words))
    quiet_tensorflow()
    from model.book.networks import embed

    _print_rows(
        f"같은 번호의 밀집 벡터 (아직 배우지 않은 Embedding, {dimensions}차원)", embed(first, num_words, dimensions)
    )


def _print_rows(title: str, matrix: NDArray[Any]) -> None:
    print(title)
    for row in matrix.tolist():
        print("  " + " ".join(str(x) if isinstance(x, int) else f"{x:+.3f}" for x in row))
