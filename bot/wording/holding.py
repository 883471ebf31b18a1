"""What members are told of what is kept about them. Pure."""

from __future__ import annotations

from bot.domain.members.holding import Held
from bot.localisation.texts import Texts
from bot.wording.cases import moment


def holding(held: Held, guild: str, n_days: int, texts: Texts, *, is_exempt: bool) -> list[str]:
    """Say what is kept of a member in a guild, for how long and why; [] if that is nothing."""
    if held.is_nothing and not held.n_as_staff and not is_exempt:
        return []
    lines = [texts("holding.guild", guild=guild)]
    if held.n_cases and held.since is not None:
        lines.append(texts("holding.cases", n=held.n_cases, when=moment(held.since, "D")))
    lines += [texts(f"holding.{name}", n=n) for name, n in (("texts", held.n_texts), ("appeals", held.n_appeals)) if n]
    if held.is_nothing:
        return [*lines, *_lasting(held, texts, is_exempt=is_exempt)]
    if not held.n_cases and not held.n_texts:  # a copy of the database, or a table to come: nothing is passed over
        lines.append(texts("holding.others", n=sum(map(len, held.rows.values()))))
    return [*lines, texts("holding.retention", n_days=n_days), *_lasting(held, texts, is_exempt=is_exempt)]


def _lasting(held: Held, texts: Texts, *, is_exempt: bool) -> list[str]:
    """Say what is not erased."""
    lines = [texts("holding.staff", n=held.n_as_staff)] if held.n_as_staff else []
    return [*lines, *([texts("holding.exempt")] if is_exempt else [])]
