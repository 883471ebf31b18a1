"""The corpora of a training run: found in one folder, read, and split into train, validation and test rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from model.corpora.corpus import Corpus, Split, split
from model.corpora.names import CORPUS_PARTS, FILES
from model.corpora.readers import (
    read_3i4k,
    read_chat,
    read_kodoli,
    read_labelled_csv,
    read_naver_shopping,
    read_nsmc,
    read_nsmc_mixed,
    read_plain,
)
from model.data.paths import CHAT, GOLDEN
from model.errors import CorpusError
from model.reading.clean import clean

_BOOK_SEED = 42


@dataclass(frozen=True, slots=True)
class Corpora:
    """Split corpora; None where the folder has no such file. `shipped_chat` ships with Jigi and is for training only.

    `community`, `requests` and `chat` are neutral talk of three kinds, `opinions` praise and blame out of communities.
    `unrated` are shopping reviews without a rating, to learn from only.
    """

    shopping: Split | None
    movies: Split | None
    mixed_reviews: Split | None
    chat: Split | None
    shipped_chat: Corpus
    community: Split | None = None
    opinions: Split | None = None
    requests: Split | None = None
    unrated: Corpus | None = None

    def polar(self) -> list[Split]:
        """Return the corpora of positive and negative reviews that are there."""
        return [part for part in (self.shopping, self.movies) if part]

    def splits(self) -> Iterator[Split]:
        """Yield the corpora that are there."""
        neutral = (self.mixed_reviews, self.chat, self.community, self.requests)
        yield from (part for part in (self.shopping, self.movies, self.opinions, *neutral) if part)

    def held_out(self) -> set[str]:
        """Return every text that models are chosen or judged by."""
        return {text for parts in self.splits() for part in (parts.validation, parts.test) for text in part.texts}


def load_corpora(folder: Path, reviews: str = "all", *, as_the_book: bool = False) -> Corpora:
    """Read the corpora in `folder` and split them.

    `reviews` says what to learn from: "all" is what is there, "naver-shopping" and "nsmc" are one of them. As the book
    does it, the shopping reviews alone are split 80/20 with seed 42.

    Raises:
        CorpusError: There are no such reviews, or a file is not of its format.
    """
    found = _found(folder, CORPUS_PARTS[reviews] - ({"movies"} if as_the_book else set()))
    if as_the_book and (path := found["shopping"]):
        return book_corpora(path)
    return _learnable(_read_all(found))


def book_corpora(path: Path) -> Corpora:
    """Read the shopping reviews of a file and split them as the book does: 80/20 with seed 42.

    Raises:
        CorpusError: The file is not of its format.
    """
    return Corpora(_book_split(read_naver_shopping(path, clean)), None, None, None, _shipped_chat())


def _read_all(found: Mapping[str, Path | None]) -> Corpora:
    """Read and split what was found: of each a share that gives figures steady enough to choose by."""

    def parts(name: str, reader: Callable[[Path], Corpus], validation: float, test: float) -> Split | None:
        path = found[name]
        return split(reader(path), validation, test) if path else None

    talk, opinions = read_kodoli(found["community"]) if found["community"] else (None, None)
    return Corpora(
        shopping=parts("shopping", read_naver_shopping, validation=0.1, test=0.1),
        movies=parts("movies", read_nsmc, validation=0.02, test=0.03),
        mixed_reviews=parts("mixed_reviews", read_nsmc_mixed, validation=0.01, test=0.02),
        chat=parts("chat", read_chat, validation=0.15, test=0.15),
        shipped_chat=_shipped_chat(),
        community=split(talk, validation=0.15, test=0.2) if talk else None,
        opinions=split(opinions, validation=0.15, test=0.2) if opinions else None,
        requests=parts("requests", read_3i4k, validation=0.05, test=0.1),
        unrated=read_plain(found["unrated"], "unrated") if found["unrated"] else None,
    )


def _found(folder: Path, wanted: frozenset[str]) -> dict[str, Path | None]:
    """Return the files by their names here, of the reviews those that are wanted, of which there must be one."""
    left_out = CORPUS_PARTS["all"] - wanted | ({"unrated"} if "shopping" not in wanted else set())
    found = {name: None if name in left_out else _find(folder, names) for name, names in FILES.items()}
    if not any(found[name] for name in wanted):
        files = " or ".join(FILES[name][-1] for name in sorted(wanted, reverse=True))
        missing = "naver-shopping" if "shopping" in wanted else "nsmc"
        raise CorpusError(f"{folder} must hold {files}. Fetch it with `python -m model download {missing}`.")
    return found


def _find(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _learnable(corpora: Corpora) -> Corpora:
    """Leave out of all training rows what is held out anywhere, and what stands in the golden set."""
    judged_by = corpora.held_out() | set(read_labelled_csv(GOLDEN).texts)

    def learnable(parts: Split) -> Split:
        return replace(parts, train=parts.train.without(judged_by))

    parts = {field.name: getattr(corpora, field.name) for field in fields(corpora)}
    changed: dict[str, Any] = {name: learnable(part) for name, part in parts.items() if isinstance(part, Split)}
    if corpora.unrated:
        changed["unrated"] = corpora.unrated.without(judged_by)
    return replace(corpora, **changed)


def _shipped_chat() -> Corpus:
    return read_plain(CHAT, "shipped-chat")


def _book_split(corpus: Corpus) -> Split:
    """Split 80/20 with seed 42; the book draws its validation curve on the rows it tests on."""
    train, test = train_test_split(range(len(corpus)), test_size=0.2, random_state=_BOOK_SEED)
    held_out = corpus.take(np.array(test))
    return Split(corpus.take(np.array(train)), held_out, held_out)
