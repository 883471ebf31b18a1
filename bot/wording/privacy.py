"""The report of what is kept of people, as an operator reads it in a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.domain.members.privacy import Holdings, PrivacyReport, Seals
from bot.localisation.formats import pad, pad_left, width
from bot.localisation.texts import Texts

_SEALS = ("n_first", "n_older", "n_lost", "n_plain")


def privacy_lines(report: PrivacyReport, texts: Texts) -> Iterator[str]:
    """Say what is kept, guild by guild, and how it is stored."""
    yield texts("privacy.title", at=f"{report.at:%Y-%m-%d %H:%M}")
    for each in report.guilds:
        yield ""
        yield _name(each, texts)
        yield from _table(_rows(each, texts))
    yield ""
    yield _total(report, texts)
    if report.n_overdue:
        yield texts("privacy.overdue", n=f"{report.n_overdue:,}")
    yield ""
    yield from _seals(report, texts)


def _name(kept: Holdings, texts: Texts) -> str:
    name = texts("privacy.console") if kept.guild_id is None else texts("privacy.guild", id=kept.guild_id)
    return name if kept.left_at is None else f"{name} · {texts('privacy.left', day=_day(kept.left_at))}"


def _rows(kept: Holdings, texts: Texts) -> Iterator[tuple[str, str]]:
    yield texts("privacy.texts"), _texts(kept, texts)
    origin = texts("privacy.own" if kept.has_own_retention else "privacy.default")
    retention = texts("privacy.retention_value", n=kept.retention_days, origin=origin, n_overdue=f"{kept.n_overdue:,}")
    yield texts("privacy.retention"), retention
    yield texts("privacy.known"), texts("privacy.n_people", n=f"{kept.n_known:,}")
    of_messages = texts("privacy.of_messages", n=f"{kept.n_examples_of_messages:,}")
    n_examples = texts("privacy.n_things", n=f"{kept.n_examples:,}")
    yield texts("privacy.examples"), f"{n_examples} {of_messages}" if kept.n_examples_of_messages else n_examples
    for name, n in (("notes", kept.n_notes), ("models", kept.n_models)):
        yield texts(f"privacy.{name}"), texts("privacy.n_things", n=f"{n:,}")


def _texts(kept: Holdings, texts: Texts) -> str:
    n = texts("privacy.n_things", n=f"{kept.n_texts:,}")
    if kept.oldest is None or kept.newest is None:
        return n
    writers = texts("privacy.writers", n=f"{kept.n_writers:,}")
    return f"{n} · {writers} · {_day(kept.oldest)} ~ {_day(kept.newest)}"


def _total(report: PrivacyReport, texts: Texts) -> str:
    kept = report.guilds
    n_guilds = len([each for each in kept if each.guild_id is not None])
    n_texts, n_examples, n_notes = (
        f"{sum(getattr(each, name) for each in kept):,}" for name in ("n_texts", "n_examples", "n_notes")
    )
    return texts("privacy.total", n_guilds=n_guilds, n_texts=n_texts, n_examples=n_examples, n_notes=n_notes)


def _seals(report: PrivacyReport, texts: Texts) -> Iterator[str]:
    """Say with which keys the texts are sealed, column by column."""
    yield texts("privacy.seals") if report.keys else texts("privacy.no_key")
    if report.keys:
        yield f"  {texts('privacy.first_key', name=report.keys[0])}"
    if report.keys[1:]:
        yield f"  {texts('privacy.older_keys', keys=', '.join(report.keys[1:]))}"
    if report.lost_keys:
        yield f"  {texts('privacy.lost_keys', keys=', '.join(report.lost_keys))}"
    shown = [name for name in _SEALS if name in ("n_first", "n_plain") or any(getattr(s, name) for s in report.seals)]
    heads = [texts(f"privacy.{name}") for name in shown]
    longest = max(len(each.column) for each in report.seals)
    yield "  " + " " * longest + "".join(f"  {head}" for head in heads)
    for seals in report.seals:
        yield f"  {seals.column:{longest}}" + "".join(_cells(seals, shown, heads))


def _cells(seals: Seals, shown: Iterable[str], heads: Iterable[str]) -> Iterator[str]:
    for name, head in zip(shown, heads, strict=True):
        yield "  " + pad_left(f"{getattr(seals, name):,}", width(head))


def _table(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    listed = list(rows)
    longest = max(width(name) for name, _ in listed)
    for name, said in listed:
        yield f"  {pad(name, longest)}  {said}"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
