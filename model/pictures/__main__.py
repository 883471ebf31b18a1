"""`python -m model.pictures`: draws what another process asks for, until its standard input ends.

A request and its answer are each four bytes of length, the highest first, and as many bytes: a
`model.pictures.requests.Picture` as MessagePack, and a PNG.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import BinaryIO

import msgspec

from model.pictures.counts import draw_counts
from model.pictures.neighbours import draw_neighbours
from model.pictures.requests import CountPicture, NeighbourPicture, Picture, ScanPicture, ScorePicture
from model.pictures.scan import draw_scan
from model.pictures.scores import draw_scores

_N_LENGTH = 4  # bytes
_NICENESS = 5  # a picture can wait, a verdict cannot


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Draw every request. Ends with the requests, or by the first that cannot be drawn."""
    while length := requests.read(_N_LENGTH):
        picture = msgspec.msgpack.decode(requests.read(int.from_bytes(length)), type=Picture)
        drawn = draw(picture)
        answers.write(len(drawn).to_bytes(_N_LENGTH) + drawn)
        answers.flush()


def draw(picture: Picture) -> bytes:
    """Return a picture as a PNG."""
    match picture:
        case NeighbourPicture():
            return draw_neighbours(picture)
        case ScorePicture():
            return draw_scores(picture)
        case CountPicture():
            return draw_counts(picture)
        case ScanPicture():
            return draw_scan(picture)


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):  # whoever asked has gone
        serve(sys.stdin.buffer, sys.stdout.buffer)
