"""`python -m model download`: fetch a public corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from model.commands.files import corpora_folder
from model.corpora.download import download as fetch


def download(
    name: Literal["naver-shopping", "nsmc", "kodoli", "3i4k", "chat"], /, *, corpora: Path | None = None
) -> None:
    """Fetch a public corpus.

    Args:
        name: which
        corpora: folder to write to (default: JIGI_CORPORA, or the user's cache, ~/.cache/jigi/corpora on Linux)
    """
    print(fetch(name, corpora_folder(corpora)))
