"""Take vectors made elsewhere: word2vec and fastText files, gensim's own, and gensim's catalog of downloads.

Imports gensim, as `model.vector_training.train` does; what it writes is served without.
"""

from __future__ import annotations

import gzip
import logging
import pickle
import socket
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from gensim import downloader
from gensim.models.fasttext import load_facebook_vectors
from gensim.models.keyedvectors import KeyedVectors
from numpy.typing import NDArray

from model.errors import VectorsError
from model.vectors.table import WordsManifest, WordTable, publish_words

_FASTTEXT_MAGIC = struct.pack("<i", 793712314)  # fastText's own .bin files begin with it
_PICKLE_MAGIC = b"\x80"  # gensim's `save` writes a pickle
_TIMEOUT = 30  # seconds
_MOST_DAMAGED = 0.01  # of the words; word2vec cuts long ones in the middle of a character
_NO_VECTORS = (  # what a file that is none of these kinds can end in; a pickle may name what is not installed
    OSError, ValueError, EOFError, AttributeError, LookupError, TypeError, ArithmeticError, ImportError, MemoryError,
    RecursionError, AssertionError, struct.error, pickle.UnpicklingError, zlib.error,
)  # fmt: skip

_log = logging.getLogger(__name__)
logging.getLogger("gensim").setLevel(logging.ERROR)  # it says a line of each word that stands twice


def load_foreign(path: Path, output: Path, limit: int, command: str) -> int:
    """Read the first `limit` words of a file and publish them at `output`; return how many they are.

    Words that nobody could ask for are left out, and the log says how many: empty or unprintable ones, those that stand
    there before, and those whose vector is no direction. gensim's own files are pickles, which can run code: load only
    such as come from somebody you trust.

    Raises:
        VectorsError: The file cannot be read, or holds no vectors.
    """
    vectors = read_foreign(path, limit)
    words = list(vectors.index_to_key[:limit])
    rows = np.asarray(vectors.vectors[: len(words)], np.float32)
    kept = _usable(words, rows)
    if not kept:
        raise VectorsError(f"{path} holds no word vectors")
    if len(kept) < len(words):
        _log.warning("%d of %d words were left out: empty, twice there, or without a direction", len(words) - len(kept),
                     len(words))  # fmt: skip
    polarities = np.full(len(kept), np.nan, np.float16)
    table = WordTable([words[row] for row in kept], rows[kept], _counts(vectors, len(words))[kept], polarities)
    publish_words(output, WordsManifest(output.name, provenance={"command": command, "file": path.name}), table)
    return len(kept)


def read_foreign(path: Path, limit: int) -> Any:
    """Return gensim's `KeyedVectors` of a file of any of the known kinds.

    Raises:
        VectorsError: It cannot be read.
    """
    try:
        return _reader(path, limit)()
    except _NO_VECTORS as error:
        raise VectorsError(
            f"{path} cannot be read: {error}. It must be word2vec text or binary, fastText .vec or .bin, "
            "or gensim's KeyedVectors with the .npy files that were saved beside it."
        ) from error


def _usable(words: Sequence[object], rows: NDArray[np.float32]) -> list[int]:
    """Return the rows of words that can be asked for, each word once."""
    with np.errstate(over="ignore", invalid="ignore"):
        norms = np.linalg.norm(rows, axis=1) if len(rows) else np.zeros(0)
    has_direction = np.isfinite(norms) & (norms > 0)
    rows_of: dict[str, int] = {}
    for row, word in enumerate(words):
        if isinstance(word, str) and word.strip() and word.isprintable() and has_direction[row]:
            rows_of.setdefault(word, row)
    return list(rows_of.values())


def read_catalog() -> dict[str, dict[str, Any]]:
    """Return gensim-data's models with their sizes and licences, as `gensim.downloader.info()` lists them.

    Raises:
        VectorsError: There is no connection and no earlier list.
    """
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT)  # gensim sets none
    try:
        return dict(downloader.info()["models"])
    except (OSError, ValueError) as error:
        raise VectorsError(
            "gensim's catalog cannot be fetched from github.com/piskvorky/gensim-data. Check the connection; "
            f"vectors that you have already go in with `python -m model vectors load FILE`. ({error})"
        ) from error
    finally:
        socket.setdefaulttimeout(before)


def _reader(path: Path, limit: int) -> Callable[[], Any]:
    with _open(path) as file:
        start = file.read(1 << 16)
    if start.startswith(_FASTTEXT_MAGIC):
        return lambda: load_facebook_vectors(str(path))
    if start.startswith(_PICKLE_MAGIC):
        return lambda: _saved_by_gensim(path)
    header = start.partition(b"\n")[0].split()
    if len(header) != 2 or not all(number.isdigit() for number in header):
        raise ValueError("its first line is not the number of words and of dimensions")
    return lambda: _word2vec(path, limit, is_binary=not _is_text(start, int(header[1])))


def _word2vec(path: Path, limit: int, *, is_binary: bool) -> Any:
    """Read word2vec's formats; Latin-1 takes every byte as it is, so that nothing is lost before the words are read.

    For words that stand twice gensim leaves None behind the others.
    """
    vectors = KeyedVectors.load_word2vec_format(str(path), binary=is_binary, limit=limit, encoding="latin-1")
    vectors.index_to_key = _decoded([word.encode("latin-1") for word in vectors.index_to_key if word is not None])
    return vectors


def _decoded(words: Sequence[bytes]) -> list[str]:
    """Return words in UTF-8, of which a few may be damaged and become "", or in CP949.

    Raises:
        ValueError: They are neither.
    """
    found = [_try(word, "utf-8") for word in words]
    if found.count(None) > _MOST_DAMAGED * len(found):
        found = [_try(word, "cp949") for word in words]
        if None in found:
            raise ValueError("its words are neither in UTF-8 nor in CP949")
    return [word or "" for word in found]


def _try(word: bytes, encoding: str) -> str | None:
    try:
        return word.decode(encoding)
    except UnicodeDecodeError:
        return None


def _open(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _is_text(start: bytes, n_dimensions: int) -> bool:
    """Say whether the first row after the header ends in so many written numbers; if not, raw floats follow."""
    fields = start.partition(b"\n")[2].partition(b"\n")[0].split()
    try:
        return len([float(field) for field in fields[-n_dimensions:]]) == n_dimensions < len(fields)
    except ValueError:
        return False


def _saved_by_gensim(path: Path) -> Any:
    saved = KeyedVectors.load(str(path))
    return getattr(saved, "wv", saved)


def _counts(vectors: Any, n: int) -> NDArray[np.uint32]:
    """Return the words' counts, or zeros: for a file without counts gensim numbers the words down from their number."""
    try:
        counts = np.asarray(vectors.expandos["count"][:n], np.int64)
    except (KeyError, TypeError, ValueError):  # a saved model may hold anything
        return np.zeros(n, np.uint32)
    is_invented = bool((np.diff(counts) == -1).all())
    return np.zeros(n, np.uint32) if is_invented else counts.astype(np.uint32)
