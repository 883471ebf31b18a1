"""Where the sentences are that were written for Jigi and ship with it, one a line unless said otherwise."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent

GOLDEN = _FOLDER / "golden.tsv"  # label, tags and text: to judge models by, never trained on
CHAT = _FOLDER / "chat.txt"  # chat
TALK = _FOLDER / "talk.txt"  # of channels: games, haggling, questions to staff, jokes
HARD_REVIEWS = _FOLDER / "hard_reviews.tsv"  # label, kind and text: praise and blame that is hard to read
ANNOUNCEMENTS = _FOLDER / "announcements.txt"  # questions and announcements
REVIEWS = _FOLDER / "reviews.txt"  # praise and complaints
MIXED_REVIEWS = _FOLDER / "mixed_reviews.txt"  # reviews that are neither
TEMPLATES = _FOLDER / "templates.toml"  # of which `model.corpora.templates` makes sentences
WORD_PAIRS = _FOLDER / "word_pairs.tsv"  # related words, to judge word vectors by
