"""What is counted while Jigi works, for whoever watches it: `bot.metrics` shows it to Prometheus.

Counted a batch at a time, by plain numbers, whether or not anybody asks: in a raid nothing is done for each message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from time import time

import numpy as np
from numpy.typing import NDArray

from bot.domain.actions import Lane
from bot.domain.messages import IncomingMessage
from bot.domain.verdicts import StoredVerdict
from bot.services.measuring.distribution import Distribution

_DISCORD_EPOCH_MS = 1_420_070_400_000  # 2015: from when Discord's ids count milliseconds
_TO_VERDICT = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
_TO_FLAG = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 3600.0)
_ACTION = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class Measurements:
    """The numbers of one process, since its start."""

    n_taken: int = 0  # messages that came out of the queue
    n_judged: int = 0  # verdicts stored
    n_flagged: int = 0
    n_set_aside: int = 0  # messages that could not be judged or stored
    to_verdict: Distribution = field(default_factory=partial(Distribution, _TO_VERDICT))
    to_flag: Distribution = field(default_factory=partial(Distribution, _TO_FLAG))
    actions: Counter[tuple[Lane, str]] = field(default_factory=Counter)  # by lane and what became of them
    action_seconds: dict[Lane, Distribution] = field(
        default_factory=lambda: {lane: Distribution(_ACTION) for lane in Lane}
    )
    trainings: Counter[str] = field(default_factory=Counter)  # by how they ended


def ages(messages: Sequence[IncomingMessage | StoredVerdict]) -> NDArray[np.float64]:
    """Return how many seconds ago messages were written, or edited last, by Discord's clock."""
    ids = np.array([each.message_id for each in messages], np.int64)
    edited = np.array([each.revision for each in messages], np.int64)
    written = np.where(edited, edited, (ids >> 22) + _DISCORD_EPOCH_MS)
    return (time() * 1000 - written) / 1000
