"""A look through a channel's old messages: how far it is, and what came out. Pure: no clock, no Discord.

Nothing follows from it: no mark, no alert, no case, and no verdict that would count. `bot.storage.history.scans` keeps
it, `bot.cogs.history` reads and shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.verdicts import Verdict
from model.prediction import Prediction

MAX_MESSAGES = 10_000  # of one look: about four minutes on Discord
USUAL_MESSAGES = 1_000
MOST_SPANS = 12  # of time, in which the share of flagged messages is shown
LONGEST = timedelta(days=1)  # for which anything found is kept
LATEST = 2**63 - 1  # above every id
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)  # Discord's ids count from here, in milliseconds above 22 other bits


class ScanState(StrEnum):
    """What became of a look."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # it was not done within a day
    FAILED = "failed"  # its report could not be shown


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What somebody wants looked through: at most `most` messages of a channel, told of in another."""

    guild_id: int
    channel_id: int
    most: int
    requested_by: int
    report_channel_id: int


@dataclass(frozen=True, slots=True)
class Position:
    """How far a look is: the messages of `place_id` below `before_id` are read next. `is_read`: there are none.

    A place that has been read to its end has a `before_id` of 0; the next one has a lower id.
    """

    place_id: int = LATEST
    before_id: int = LATEST
    n_read: int = 0
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """A look, as far as it is. `n_judged` and `n_flagged` count what has been found."""

    id: int
    request: ScanRequest
    position: Position
    started_at: datetime
    report_message_id: int | None = None
    n_judged: int = 0
    n_flagged: int = 0
    state: ScanState = ScanState.RUNNING


@dataclass(frozen=True, slots=True)
class Scanned:
    """A message that was looked at. Neither its text nor its author is kept."""

    message_id: int
    channel_id: int
    probability: float  # P(positive) in [0, 1]
    threshold: float
    is_flagged: bool
    model_version: str

    @property
    def negative_probability(self) -> float:
        """P(negative) in [0, 1]."""
        return Prediction(self.probability).negative_probability

    @property
    def sent_at(self) -> datetime:
        """When the message was sent, which its id says."""
        return _EPOCH + timedelta(milliseconds=self.message_id >> 22)


class ScanBusyError(Exception):
    """Another look is under way in the guild."""

    def __init__(self, running: Scan) -> None:
        super().__init__(running.id)
        self.running = running


def scanned(verdict: Verdict) -> Scanned:
    """Return what is kept of a message that was looked at."""
    message, policy = verdict.message, verdict.policy
    kept = message.message_id, message.channel_id, verdict.prediction.probability
    return Scanned(*kept, policy.threshold, verdict.is_flagged, policy.model_version)


def minutes_left(position: Position, most: int, n_read_now: int, seconds: float) -> int | None:
    """Return how many minutes are left at most, given what so many seconds were enough for; None if that is unknown."""
    if not n_read_now or seconds <= 0:
        return None
    return round((most - position.n_read) * seconds / n_read_now / 60)


@dataclass(frozen=True, slots=True)
class Span:
    """Some days, by the guild's calendar, with how many messages were judged and flagged in them."""

    begins: date
    n_judged: int
    n_flagged: int

    @property
    def share(self) -> float:
        """The share of flagged messages, in [0, 1]; 0 where none was judged."""
        return self.n_flagged / self.n_judged if self.n_judged else 0.0


def spans(found: Sequence[Scanned], time_zone: str, most: int = MOST_SPANS) -> list[Span]:
    """Part the time of the messages into at most `most` spans of equally many days, the oldest first."""
    if not found:
        return []
    zone = ZoneInfo(time_zone)
    days = [each.sent_at.astimezone(zone).date() for each in found]
    first, n_days = min(days), (max(days) - min(days)).days + 1
    length = -(-n_days // most)
    n_judged, n_flagged = ([0] * -(-n_days // length) for _ in range(2))
    for day, each in zip(days, found, strict=True):
        place = (day - first).days // length
        n_judged[place] += 1
        n_flagged[place] += each.is_flagged
    begins = (first + timedelta(days=length * place) for place in range(len(n_judged)))
    return [Span(*each) for each in zip(begins, n_judged, n_flagged, strict=True)]


def most_negative(found: Sequence[Scanned], most: int) -> list[Scanned]:
    """Return the flagged messages that are most surely negative, the surest first, of equal ones the newest."""
    flagged = [each for each in found if each.is_flagged]
    return sorted(flagged, key=lambda each: (each.probability, -each.message_id))[:most]


def places_left(place_ids: Sequence[int], position: Position) -> Iterator[Position]:
    """Yield where to go on in places such as a forum's posts, the newest first, given how far a look is."""
    for place_id in sorted(place_ids, reverse=True):
        if place_id < position.place_id:
            yield Position(place_id, LATEST, position.n_read)
        elif place_id == position.place_id and position.before_id:
            yield position
