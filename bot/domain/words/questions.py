"""What people ask of word vectors, and how they write it after `!similar`, `!analogy`, `!similarity` and `!oddone`.

Pure: `bot.cogs.words` (Discord) and `bot.console.app` read questions with it, `bot.domain.words.answers` answers them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.localisation.commands import Caller

MOST_NEIGHBOURS = 20  # so many labels still find room in a picture
MOST_WORDS = 8

_OPTION = re.compile(r"(?<!\S)(?:--)?(topn|layer)(?:\s*[:=]\s*|\s+)([^\s,]+),?", re.IGNORECASE)
_BOOK = re.compile(r"(positive|negative)\s*[:=]", re.IGNORECASE)  # gensim's arguments, as books write them
_SEPARATORS = re.compile(r"[\s,;\[\](){}'\"“”‘’]+")
_MINUS_SIGNS = str.maketrans("−–—", "---")  # what telephones make of a minus
_JOINED_SIGN = re.compile("(?<=[가-힣])([+-])")  # 드라마+관객-영화


class Kind(StrEnum):
    """The questions, each with the name of its command."""

    SIMILAR = "similar"
    ANALOGY = "analogy"
    SIMILARITY = "similarity"
    ODDONE = "oddone"


class Layer(StrEnum):
    """Whose vectors are asked: those of the words, or the characters of the classifier's own Embedding layer."""

    WORDS = "words"
    CLASSIFIER = "classifier"


@dataclass(frozen=True, slots=True)
class Question:
    """A question; `positive` and `negative` are words as people write them."""

    kind: Kind
    positive: tuple[str, ...]
    negative: tuple[str, ...] = ()
    topn: int = 10
    layer: Layer = Layer.WORDS


class WordMistake(Exception):
    """Somebody asked what has no answer; `sentence` says why, and what to do."""

    def __init__(self, key: str, words: Sequence[str] = (), **fields: object) -> None:
        super().__init__(key)
        self._key, self._words, self._fields = key, words, fields

    def sentence(self, caller: Caller, name: Callable[[str], str] = str) -> str:
        """Return the sentence, with an example as `caller` would write it; `name` says how a word is written."""
        word, *meant = map(name, self._words or ("",))
        usage = re.fullmatch(r"words\.(.+)_usage", self._key)
        example = caller.example(f"words {usage[1]}") if usage else ""
        return caller.texts(self._key, example=example, word=word, meant=", ".join(meant), **self._fields)


def parse(kind: Kind, text: str) -> Question:
    """Read what stands after a command.

    Raises:
        WordMistake: An option has a wrong value, or words are missing or too many.
    """
    words, question = _take_options(kind, text)
    match kind:
        case Kind.SIMILAR:
            question = replace(question, positive=(words.strip(),))
        case Kind.ANALOGY:
            positive, negative = _signed(words)
            question = replace(question, positive=positive, negative=negative)
        case Kind.SIMILARITY | Kind.ODDONE:
            question = replace(question, positive=split_words(words))
    return checked(question)


def checked(question: Question) -> Question:
    """Return a question that has as many words as it needs.

    Raises:
        WordMistake: Words are missing or too many.
    """
    words = [*question.positive, *question.negative]
    least = {Kind.SIMILAR: 1, Kind.ANALOGY: 2, Kind.SIMILARITY: 2, Kind.ODDONE: 3}[question.kind]
    is_exact = question.kind in (Kind.SIMILAR, Kind.SIMILARITY)
    if len(words) < least or not question.positive or not all(words) or (is_exact and len(words) > least):
        raise WordMistake(f"words.{question.kind}_usage")
    if len(words) > MOST_WORDS:
        raise WordMistake("words.too_many", most=MOST_WORDS)
    return question


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a list, however it is written: 드라마 관객 · 드라마, 관객 · ['드라마', '관객']."""
    return tuple(word for word in _SEPARATORS.split(text) if word)


def _take_options(kind: Kind, text: str) -> tuple[str, Question]:
    """Return the text without its options, and a question with them but without words."""
    question = Question(kind, ())
    for name, value in _OPTION.findall(text):
        if name.lower() == "topn":
            question = replace(question, topn=_topn(value))
        else:
            question = replace(question, layer=_layer(value))
    return _OPTION.sub(" ", text), question


def _topn(value: str) -> int:
    if not re.fullmatch("[0-9]{1,3}", value) or not 1 <= int(value) <= MOST_NEIGHBOURS:
        raise WordMistake("words.bad_topn", most=MOST_NEIGHBOURS)
    return int(value)


def _layer(value: str) -> Layer:
    try:
        return Layer(value.lower())
    except ValueError:
        raise WordMistake("words.bad_layer") from None


def _signed(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the positive and negative words of 드라마 관객 - 영화 or positive=['드라마', '관객'], negative=['영화'].

    A sign of its own holds until the next one, a sign before a word for that word alone.
    """
    _, *named = _BOOK.split(text)
    if named:
        lists = {name.lower(): split_words(words) for name, words in zip(named[::2], named[1::2], strict=True)}
        return lists.get("positive", ()), lists.get("negative", ())
    words: dict[str, list[str]] = {"+": [], "-": []}
    sign = "+"
    for token in split_words(_JOINED_SIGN.sub(r" \1", text.translate(_MINUS_SIGNS))):
        word = token.lstrip("+-")
        if word:
            words[token[0] if token[0] in words else sign].append(word)
        else:
            sign = token[-1]
    return tuple(words["+"]), tuple(words["-"])
