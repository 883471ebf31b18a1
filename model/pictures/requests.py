"""What can be drawn, and what is written on it: plain values that go to another process as MessagePack.

Importable without matplotlib; `model.pictures.neighbours`, `.scores`, `.counts` and `.scan` draw them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from model.vectors.keyed_vectors import Neighbour, Vectors


class Dot(msgspec.Struct, frozen=True):
    """A word on the plane. `vector` has any length, the same for all; `polarity` is in [-1, 1], None if not known."""

    word: str
    vector: list[float]
    polarity: float | None
    is_asked: bool


class NeighbourCaptions(msgspec.Struct, frozen=True):
    """What the picture says, in the words of whoever asked; `note` holds `{share}` for the variance shown."""

    title: str
    note: str
    negative: str
    neutral: str
    positive: str
    space: str  # the label of a character that nobody would see


class NeighbourPicture(msgspec.Struct, frozen=True, tag="neighbours"):
    """Words and their neighbours on a plane."""

    dots: list[Dot]
    captions: NeighbourCaptions


class Mark(msgspec.Struct, frozen=True):
    """A threshold to be marked, and what is written beside it."""

    threshold: float
    caption: str


class ScoreCaptions(msgspec.Struct, frozen=True):
    """What the picture says."""

    title: str
    probability: str
    count: str


class ScorePicture(msgspec.Struct, frozen=True, tag="scores"):
    """How many messages have which P(negative). `counts` says of how many each probability is, if not of one."""

    probabilities: Sequence[float]
    serving: Mark
    captions: ScoreCaptions
    advised: Mark | None = None
    counts: Sequence[int] | None = None


class CountBar(msgspec.Struct, frozen=True):
    """How many messages of a day, week or channel were flagged, by what moderators say of them."""

    label: str
    n_right: int
    n_false_alarms: int
    n_undecided: int


class CountCaptions(msgspec.Struct, frozen=True):
    """What the picture says."""

    title: str
    right: str
    false_alarm: str
    undecided: str
    count: str
    channels: str


class CountPicture(msgspec.Struct, frozen=True, tag="counts"):
    """What was flagged, by day or week from left to right, and by channel from above."""

    times: Sequence[CountBar]
    channels: Sequence[CountBar]
    captions: CountCaptions


class ScanSpan(msgspec.Struct, frozen=True):
    """Some days, by the name of the first, with how many messages were judged and flagged in them."""

    name: str
    n_judged: int
    n_flagged: int


class ScanCaptions(msgspec.Struct, frozen=True):
    """What the picture says."""

    spread: str  # the title above
    probability: str
    count: str
    shares: str  # the title below
    days: str
    share: str


class ScanPicture(msgspec.Struct, frozen=True, tag="scan"):
    """What a look through old messages has found: P(negative) of each, and whether it is flagged.

    `threshold` is None where several were used.
    """

    probabilities: Sequence[float]
    is_flagged: Sequence[bool]
    threshold: Mark | None
    spans: Sequence[ScanSpan]
    captions: ScanCaptions


Picture = NeighbourPicture | ScorePicture | CountPicture | ScanPicture


def neighbour_picture(
    vectors: Vectors, asked: Sequence[str], neighbours: Sequence[Neighbour], captions: NeighbourCaptions
) -> NeighbourPicture:
    """Return the picture of the asked words and their neighbours."""
    words = dict.fromkeys([*asked, *(neighbour.word for neighbour in neighbours)])
    dots = [Dot(word, vectors[word].tolist(), vectors.describe(word).polarity, word in asked) for word in words]
    return NeighbourPicture(dots, captions)
