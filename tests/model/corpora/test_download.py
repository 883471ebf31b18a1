"""Fetching corpora, from a small server on this machine that answers as GitHub does."""

import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from model.corpora.download import download
from model.errors import DownloadError

CONTENT = "5\t좋아요\n1\t별로예요\n".encode() * 20_000


class GitHub(BaseHTTPRequestHandler):
    """Lists one file and serves it."""

    listed: ClassVar = {"name": "naver_shopping.txt", "size": len(CONTENT), "sha": ""}
    served = CONTENT
    requested: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        if self.path.startswith("/repos/"):
            self.answer(200, json.dumps([self.listed]).encode())
            return
        self.requested.append(self.path)
        self.answer(200, self.served)

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    sha = hashlib.sha1(b"blob %d\0" % len(CONTENT) + CONTENT, usedforsecurity=False).hexdigest()
    monkeypatch.setattr(GitHub, "listed", GitHub.listed | {"sha": sha})
    monkeypatch.setattr(GitHub, "requested", [])
    with ThreadingHTTPServer(("127.0.0.1", 0), GitHub) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_corpus_is_fetched_once(tmp_path: Path, github: str) -> None:
    assert download("naver-shopping", tmp_path, github, github).read_bytes() == CONTENT
    download("naver-shopping", tmp_path, github, github)
    assert GitHub.requested == ["/bab2min/corpus/master/sentiment/naver_shopping.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["naver_shopping.txt"]


def test_what_a_broken_download_has_left_is_fetched_anew(tmp_path: Path, github: str) -> None:
    (tmp_path / "naver_shopping.txt.part").write_bytes(CONTENT[:1000])
    assert download("naver-shopping", tmp_path, github, github).read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["naver_shopping.txt"]


def test_a_file_that_was_changed_is_fetched_anew(tmp_path: Path, github: str) -> None:
    (tmp_path / "naver_shopping.txt").write_bytes(CONTENT + b"more")
    assert download("naver-shopping", tmp_path, github, github).read_bytes() == CONTENT


def test_a_file_that_is_not_what_is_listed_is_refused(
    tmp_path: Path, github: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GitHub, "served", CONTENT[::-1])
    with pytest.raises(DownloadError, match="not the file"):
        download("naver-shopping", tmp_path, github, github)
    assert list(tmp_path.iterdir()) == []


def test_without_a_connection_the_error_says_what_to_do(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    with pytest.raises(DownloadError, match="Check the connection"):
        download("nsmc", tmp_path, nobody, nobody)


def test_a_file_that_is_gone_is_an_error(tmp_path: Path, github: str) -> None:
    with pytest.raises(DownloadError, match="no longer there"):
        download("nsmc", tmp_path, github, github)
