"""Where tests find what is not part of the project."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORPORA = Path(os.environ.get("JIGI_CORPORA") or ROOT.parent / "shared" / "corpora")


def needs_corpora() -> Path:
    """Return the folder of the corpora; skip the test where there is none."""
    if not (CORPORA / "naver_shopping.txt").exists():
        pytest.skip(f"needs the corpora; none in {CORPORA} (set JIGI_CORPORA)")
    return CORPORA
