"""Fetch the public corpora: with progress, taken up again where it broke off, and checked against the publisher.

GitHub lists each file of a repository with its size and its Git blob hash (SHA-1 of "blob <size>\\0" + content), so a
finished download is compared with what the publisher has, not with a number that grows old here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from tqdm import tqdm

from model.errors import DownloadError

API, RAW = "https://api.github.com", "https://raw.githubusercontent.com"
_CHUNK = 1 << 16  # bytes
_TIMEOUT = 30  # seconds


@dataclass(frozen=True, slots=True)
class Source:
    """A public file in a GitHub repository, and what it is called here."""

    repository: str
    branch: str
    path: str
    file_name: str
    licence: str


SOURCES = {
    "naver-shopping": Source(
        "bab2min/corpus", "master", "sentiment/naver_shopping.txt", "naver_shopping.txt", "Public Domain"
    ),
    "nsmc": Source("e9t/nsmc", "master", "ratings_train.txt", "ratings_train.txt", "CC0 1.0"),
}


def download(name: str, folder: Path, api: str = API, raw: str = RAW) -> Path:
    """Fetch a corpus into `folder` and return its path; a whole file is not fetched twice.

    Raises:
        DownloadError: There is no connection, or what came is not what the publisher lists.
    """
    source = SOURCES[name]
    path, part = folder / source.file_name, folder / f"{source.file_name}.part"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        size, expected = _listed(source, api)
        if path.exists() and _blob_hash(path) == expected:
            return path
        _fetch(f"{raw}/{source.repository}/{source.branch}/{source.path}", part, size)
    except (URLError, HTTPException, TimeoutError, ConnectionError, ValueError, KeyError) as error:
        raise DownloadError(
            f"{name} cannot be fetched from github.com/{source.repository}: {error}. Check the connection and run the "
            f"command again, it goes on where it stopped; or put the file at {path} yourself."
        ) from error
    if _blob_hash(part) != expected:
        part.unlink()
        raise DownloadError(f"{name}: what came is not the file that the publisher lists. Run the command again.")
    os.replace(part, path)
    return path


def _listed(source: Source, api: str) -> tuple[int, str]:
    """Return the size in bytes and the Git blob hash that GitHub lists for the file."""
    parent, _, file_name = source.path.rpartition("/")
    url = f"{api}/repos/{source.repository}/contents/{parent}?ref={source.branch}"
    with _open(url) as response:
        entries: list[dict[str, Any]] = json.load(response)
    entry = next((entry for entry in entries if entry["name"] == file_name), None)
    if entry is None:
        raise ValueError(f"{source.path} is no longer there")
    return int(entry["size"]), str(entry["sha"])


def _fetch(url: str, part: Path, size: int) -> None:
    """Append to `part` what is missing of it."""
    start = part.stat().st_size if part.exists() else 0
    if start >= size:
        return
    with _open(url, {"Range": f"bytes={start}-"} if start else {}) as response:
        is_resumed = response.status == 206
        with (
            part.open("ab" if is_resumed else "wb") as file,
            tqdm(total=size, initial=start if is_resumed else 0, unit="B", unit_scale=True, desc=part.stem) as bar,
        ):
            for chunk in _chunks(response):
                file.write(chunk)
                bar.update(len(chunk))


def _open(url: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    return urlopen(Request(url, headers={"User-Agent": "jigi", **(headers or {})}), timeout=_TIMEOUT)  # type: ignore[no-any-return]


def _chunks(response: HTTPResponse) -> Iterator[bytes]:
    while chunk := response.read(_CHUNK):
        yield chunk


def _blob_hash(path: Path) -> str:
    blob = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            blob.update(chunk)
    return blob.hexdigest()
