"""Take vectors made elsewhere: word2vec and fastText files, gensim's own, and gensim's catalog of downloads.

Imports gensim, as `model.vector_training.train` does; what it writes is served without.
"""

from __future__ import annotations

import gzip
import pickle
import socket
import struct
from collections.abc import Callable
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


def load_foreign(path: Path, output: Path, limit: int, command: str) -> int:
    """Read the first `limit` words of a file and publish them at `output`; return how many they are.

    gensim's own files are pickles, which can run code: load only such as come from somebody you trust.

    Raises:
        VectorsError: The file cannot be read, or holds no vectors.
    """
    vectors = read_foreign(path, limit)
    words = list(vectors.index_to_key[:limit])
    if not words:
        raise VectorsError(f"{path} holds no word vectors")
    rows = np.asarray(vectors.vectors[: len(words)], np.float32)
    polarities = np.full(len(words), np.nan, np.float16)
    table = WordTable(words, rows, _counts(vectors, len(words)), polarities)
    publish_words(output, WordsManifest(output.name, provenance={"command": command, "file": path.name}), table)
    return len(words)


def read_foreign(path: Path, limit: int) -> Any:
    """Return gensim's `KeyedVectors` of a file of any of the known kinds.

    Raises:
        VectorsError: It cannot be read.
    """
    try:
        return _reader(path, limit)()
    except (OSError, ValueError, EOFError, AttributeError, KeyError, struct.error, pickle.UnpicklingError) as error:
        raise VectorsError(
            f"{path} cannot be read: {error}. It must be word2vec text or binary, fastText .vec or .bin, "
            "or gensim's KeyedVectors with the .npy files that were saved beside it."
        ) from error


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
    if len(start.partition(b"\n")[0].split()) != 2:
        raise ValueError("its first line is not the number of words and of dimensions")
    return lambda: KeyedVectors.load_word2vec_format(
        str(path), binary=_is_binary(start), limit=limit, unicode_errors="ignore"
    )


def _open(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _is_binary(start: bytes) -> bool:
    """Say whether what follows the header is raw floats: these hold bytes that no text has."""
    rows = start.partition(b"\n")[2]
    return any(byte < 9 or 13 < byte < 32 for byte in rows)


def _saved_by_gensim(path: Path) -> Any:
    saved = KeyedVectors.load(str(path))
    return getattr(saved, "wv", saved)


def _counts(vectors: Any, n: int) -> NDArray[np.uint32]:
    """Return the words' counts, or zeros: for a file without counts gensim numbers the words down from their number."""
    try:
        counts = np.asarray(vectors.expandos["count"][:n], np.int64)
    except KeyError:
        return np.zeros(n, np.uint32)
    is_invented = np.array_equal(counts, np.arange(len(vectors), len(vectors) - n, -1))
    return np.zeros(n, np.uint32) if is_invented else counts.astype(np.uint32)
