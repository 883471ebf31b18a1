r"""Fetch the public corpora, checked against the publisher.

GitHub lists each file of a repository with its Git blob hash (SHA-1 of "blob <size>\0" + content). It comes from the
host that serves the file, so it proves that the transfer was whole, not who wrote it: a SHA-256 is to be pinned in
`_SOURCES` by somebody who has both files at hand. They were not when this was written.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pooch

from model.errors import DownloadError

API, RAW = "https://api.github.com", "https://raw.githubusercontent.com"
_TIMEOUT = 30  # seconds


@dataclass(frozen=True, slots=True)
class _PublishedFile:
    """A public file in a GitHub repository, and what it is called here."""

    repository: str
    branch: str
    path: str
    file_name: str
    sha256: str | None = None  # None: nobody has pinned it


_SOURCES = {
    "naver-shopping": _PublishedFile(
        "bab2min/corpus", "master", "sentiment/naver_shopping.txt", "naver_shopping.txt"
    ),  # public domain
    "nsmc": _PublishedFile("e9t/nsmc", "master", "ratings_train.txt", "ratings_train.txt"),  # CC0 1.0
    "kodoli": _PublishedFile("cardy20/KODOLI", "HEAD", "data/kodoli.csv", "kodoli.csv"),  # CC BY-SA 4.0
    "3i4k": _PublishedFile(
        "warnikchow/3i4k", "HEAD", "data/train_val_test/fci_train_val.txt", "3i4k.txt"
    ),  # CC BY-SA 4.0
    "chat": _PublishedFile("songys/Chatbot_data", "HEAD", "ChatbotData .csv", "chatbot.csv"),  # MIT
}


def download(name: str, folder: Path, api: str = API, raw: str = RAW) -> Path:
    """Fetch a corpus into `folder` and return its path; a whole file is not fetched twice.

    Raises:
        DownloadError: There is no connection, or what came is not what the publisher lists.
    """
    source = _SOURCES[name]
    path = folder / source.file_name
    folder.mkdir(parents=True, exist_ok=True)
    try:
        listed = _listed(source, api)
        if path.exists() and _blob_hash(path) == listed:
            return path
        part = _fetch(f"{raw}/{source.repository}/{source.branch}/{quote(source.path)}", source, folder)
    except (URLError, OSError, ValueError, KeyError) as error:  # requests' and http.client's errors are OSErrors
        raise DownloadError(
            f"{name} cannot be fetched from github.com/{source.repository}: {error}. Check the connection and run the "
            f"command again; or put the file at {path} yourself."
        ) from error
    if _blob_hash(part) != listed:
        part.unlink()
        raise DownloadError(f"{name}: what came is not the file that the publisher lists. Run the command again.")
    part.replace(path)
    return path


def _listed(source: _PublishedFile, api: str) -> str:
    """Return the Git blob hash that GitHub lists for the file."""
    parent, _, file_name = source.path.rpartition("/")
    url = f"{api}/repos/{source.repository}/contents/{parent}?ref={source.branch}"
    with urlopen(Request(url, headers={"User-Agent": "jigi"}), timeout=_TIMEOUT) as response:
        entries = json.load(response)
    entry = next((entry for entry in entries if entry["name"] == file_name), None)
    if entry is None:
        raise ValueError(f"{source.path} is no longer there")
    return str(entry["sha"])


def _fetch(url: str, source: _PublishedFile, folder: Path) -> Path:
    """Fetch a file beside where it will stand; what an earlier attempt has left goes."""
    part = folder / f"{source.file_name}.part"
    part.unlink(missing_ok=True)
    downloader = pooch.HTTPDownloader(progressbar=True, timeout=_TIMEOUT)
    pooch.retrieve(url, source.sha256, fname=part.name, path=folder, downloader=downloader)
    return part


def _blob_hash(path: Path) -> str:
    blob = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    blob.update(path.read_bytes())
    return blob.hexdigest()
