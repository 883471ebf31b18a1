"""The corpora of a training run: found in one folder, read, and split into train, validation and test rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from model.corpora.corpus import Corpus, Split, split
from model.corpora.names import CORPUS_PARTS, FILES
from model.corpora.readers import read_labelled_csv, read_naver_shopping, read_nsmc, read_nsmc_mixed, read_plain
from model.data.paths import CHAT, GOLDEN
from model.errors import CorpusError

_BOOK_SEED = 42


@dataclass(frozen=True, slots=True)
class Corpora:
    """Split corpora; None where the folder has no such file. `shipped_chat` is for training only."""

    shopping: Split | None
    movies: Split | None
    mixed_reviews: Split | None
    chat: Split | None
    shipped_chat: Corpus

    def polar(self) -> list[Split]:
        """Return the corpora of positive and negative reviews that are there."""
        return [part for part in (self.shopping, self.movies) if part]

    def splits(self) -> Iterator[Split]:
        """Yield the corpora that are there."""
        yield from (part for part in (self.shopping, self.movies, self.mixed_reviews, self.chat) if part)


def load_corpora(folder: Path, reviews: str = "all", *, as_the_book: bool = False) -> Corpora:
    """Read the corpora in `folder` and split them.

    `reviews` says what to learn from: "all" is what is there, "naver-shopping" and "nsmc" are one of them. As the book
    does it, the shopping reviews alone are split 80/20 with seed 42.

    Raises:
        CorpusError: There are no such reviews, or a file is not of its format.
    """
    found = _found(folder, CORPUS_PARTS[reviews] - ({"movies"} if as_the_book else set()))
    if as_the_book and (path := found["shopping"]):
        return Corpora(_book_split(read_naver_shopping(path)), None, None, None, _shipped_chat())

    def read(name: str, reader: Callable[[Path], Corpus], validation: float, test: float) -> Split | None:
        path = found[name]
        return _without_golden(split(reader(path), validation, test)) if path else None

    # A share of each that gives figures steady enough to choose by, and leaves the rest to learn from.
    return Corpora(
        shopping=read("shopping", read_naver_shopping, validation=0.1, test=0.1),
        movies=read("movies", read_nsmc, validation=0.02, test=0.03),
        mixed_reviews=read("mixed_reviews", read_nsmc_mixed, validation=0.01, test=0.02),
        chat=read("chat", lambda path: read_plain(path, "chat"), validation=0.15, test=0.15),
        shipped_chat=_shipped_chat(),
    )


def _found(folder: Path, wanted: frozenset[str]) -> dict[str, Path | None]:
    """Return the files by their names here, of the reviews those that are wanted, of which there must be one."""
    left_out = CORPUS_PARTS["all"] - wanted
    found = {name: None if name in left_out else _find(folder, names) for name, names in FILES.items()}
    if not any(found[name] for name in wanted):
        files = " or ".join(FILES[name][-1] for name in sorted(wanted, reverse=True))
        missing = "naver-shopping" if "shopping" in wanted else "nsmc"
        raise CorpusError(f"{folder} must hold {files}. Fetch it with `python -m model download {missing}`.")
    return found


def _find(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _without_golden(parts: Split) -> Split:
    """Leave out of the training rows what stands in the golden set too, such as short stock phrases."""
    golden = set(read_labelled_csv(GOLDEN).texts)
    return Split(parts.train.take(np.array([t not in golden for t in parts.train.texts])), parts.validation, parts.test)


def _shipped_chat() -> Corpus:
    return read_plain(CHAT, "shipped-chat")


def _book_split(corpus: Corpus) -> Split:
    """Split 80/20 with seed 42; the book draws its validation curve on the rows it tests on."""
    train, test = train_test_split(range(len(corpus)), test_size=0.2, random_state=_BOOK_SEED)
    held_out = corpus.take(np.array(test))
    return Split(corpus.take(np.array(train)), held_out, held_out)
