"""The corpora by name: their files in a folder, and which of them a training can ask for.

Imports nothing heavy: the command line shows these names before anything is read.
"""

from __future__ import annotations

from collections.abc import Mapping

# What `python -m model download` writes, and the names under which prepared files are found too.
FILES = {
    "shopping": ("naver_shopping.txt",),
    "movies": ("nsmc_train.txt.gz", "ratings_train.txt"),
    "mixed_reviews": ("nsmc_neutral.txt.gz",),
    "chat": ("everyday_chat.txt", "chatbot.csv"),
    "community": ("kodoli_train.tsv.gz", "kodoli.csv"),
    "requests": ("3i4k_train.tsv.gz", "3i4k.txt"),
    "unrated": ("naver_shopping_unrated.txt.gz",),
}
CORPUS_PARTS: Mapping[str, frozenset[str]] = {  # what can be learned from; neutral texts go with each
    "all": frozenset({"shopping", "movies"}),
    "naver-shopping": frozenset({"shopping"}),
    "nsmc": frozenset({"movies"}),
}
