"""Where the sentences are that were written for Jigi and ship with it, one a line unless said otherwise."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent

GOLDEN = _FOLDER / "golden.tsv"  # label, tags and text: to judge models by, never trained on
EVERYDAY = _FOLDER / "everyday.txt"  # chat
NEUTRAL = _FOLDER / "neutral.txt"  # questions and announcements
REVIEWS = _FOLDER / "reviews.txt"  # praise and complaints
MIDDLING = _FOLDER / "middling.txt"  # reviews that are neither
