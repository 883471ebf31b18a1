"""What is said of a look through old messages: how far it is, and what came out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bot.domain.history.scans import Scan, Scanned, ScanState
from bot.domain.history.tables import Format, Value
from bot.localisation.formats import bar, percent
from bot.localisation.texts import Texts
from bot.wording.cases import likelihood, moment
from bot.wording.checks import label
from bot.wording.thresholds import number

NAMES = (
    "message_id", "channel_id", "link", "sent_at", "negative_probability", "label", "flagged", "threshold",
    "model_version",
)  # fmt: skip
_MOST_MODELS = 3  # of a report: one may be published meanwhile


def progress_text(scan: Scan, n_minutes: int | None, texts: Texts) -> str:
    """Say how far a look is, and how long it still takes, if that is known."""
    position, most = scan.position, scan.request.most
    left = "scan.unknown" if n_minutes is None else "scan.minutes_left" if n_minutes else "scan.soon"
    counts = {"n_read": f"{position.n_read:,}", "most": f"{most:,}", "n_flagged": f"{scan.n_flagged:,}"}
    return "\n".join(
        [
            texts("scan.title", channel=f"<#{scan.request.channel_id}>", by=f"<@{scan.request.requested_by}>"),
            f"`{bar(position.n_read / most)}` {percent(position.n_read / most, 0)}",
            f"{texts('scan.progress', **counts)} · {texts(left, n=n_minutes)}",
        ]
    )


def ending(state: ScanState, texts: Texts) -> str:
    """Say why a look ended before it was done."""
    return texts(f"scan.{state}")


def summary(scan: Scan, found: Sequence[Scanned], texts: Texts) -> str:
    """Say what came out, in numbers."""
    n_flagged = sum(each.is_flagged for each in found)
    key = "scan.summary" if found else "scan.nothing_judged" if scan.position.n_read else "scan.empty"
    share = percent(n_flagged / len(found)) if found else ""
    counts = {"n_read": f"{scan.position.n_read:,}", "n_judged": f"{len(found):,}", "n_flagged": f"{n_flagged:,}"}
    return texts(key, channel=f"<#{scan.request.channel_id}>", share=share, **counts)


def models(found: Sequence[Scanned], texts: Texts) -> list[str]:
    """Say by which models and thresholds was judged, the one of most messages first."""
    pairs = [(each.model_version, each.threshold) for each in found]
    ordered = sorted(set(pairs), key=lambda pair: -pairs.count(pair))[:_MOST_MODELS]
    return [texts("scan.model", version=version, threshold=number(threshold)) for version, threshold in ordered]


def lines_of(found: Sequence[Scanned], guild_id: int, texts: Texts) -> list[str]:
    """Say of messages how likely they are negative, and where they stand; neither what they say nor who wrote them."""
    return [
        texts(
            "scan.line",
            percent=likelihood(each.negative_probability, texts),
            when=moment(each.sent_at, "d"),
            url=link(guild_id, each),
        )
        for each in found
    ]


def link(guild_id: int, message: Scanned) -> str:
    """Return the address of a message."""
    return f"https://discord.com/channels/{guild_id}/{message.channel_id}/{message.message_id}"


def table(found: Sequence[Scanned], guild_id: int, texts: Texts) -> bytes:
    """Return what was found as CSV. Takes a while with many: call it in a thread."""
    return b"".join([Format.CSV.head(NAMES), *_rows(found, guild_id, lambda probability: label(probability, texts))])


def _rows(found: Sequence[Scanned], guild_id: int, name: Callable[[float], str]) -> Iterator[bytes]:
    for each in found:
        values: list[Value] = [
            str(each.message_id), str(each.channel_id), link(guild_id, each), each.sent_at,
            round(each.negative_probability, 6), name(each.probability), each.is_flagged, each.threshold,
            each.model_version,
        ]  # fmt: skip
        yield Format.CSV.line(NAMES, values)


def spoken_summary(found: Sequence[Scanned], texts: Texts) -> str:
    """Say in numbers alone what came out, for who cannot see the picture."""
    n_flagged = sum(each.is_flagged for each in found)
    return texts(
        "scan.spoken", n_judged=f"{len(found):,}", n_flagged=f"{n_flagged:,}", share=percent(n_flagged / len(found))
    )
