"""What is said of cases: how sure, who did what and when, and why something cannot be done. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.domain.cases import (
    RECORD_DAYS,
    ActKind,
    CaseAct,
    CaseEndedError,
    CaseError,
    CaseFile,
    CaseState,
    DoneBeforeError,
    ObstacleError,
    Record,
)
from bot.domain.messages import UNREADABLE
from bot.localisation.texts import Texts

_SHOWN_ACTS = 6  # of a case in its alert, the newest
_MOST_OF_REASON = 150  # characters of each, where others stand beside it


def likelihood(probability: float, texts: Texts) -> str:
    """Write a P(negative) in [0, 1] as people say it: whole percents, and never that it is sure."""
    return texts("case.nearly_all") if probability > 0.99 else f"{int(probability * 100)}%"


def duration(minutes: int, texts: Texts) -> str:
    """Write how long a timeout lasts."""
    for unit, length in (("days", 24 * 60), ("hours", 60)):
        if minutes % length == 0:
            return texts(f"case.{unit}", n=minutes // length)
    return texts("case.minutes", n=minutes)


def moment(at: datetime, style: str = "R") -> str:
    """Write a time so that Discord shows it in everybody's own time zone."""
    return f"<t:{int(at.timestamp())}:{style}>"


def shown(text: str, texts: Texts, written: Callable[[str], str]) -> str:
    """Set down what somebody wrote, or say that it cannot be read."""
    return texts("case.unreadable") if text == UNREADABLE else written(text)


def title(file: CaseFile, texts: Texts) -> str:
    """Say what a case is about, or what became of it."""
    case = file.case
    if case.is_appealed:
        return texts("case.title_appealed", number=case.number)
    if file.is_deleted_by_jigi and case.state is CaseState.OPEN and case.ended is None:
        return texts("automatic.title_deleted", number=case.number)
    return texts(f"case.title_{case.ended or case.state}", number=case.number)


def record_of(record: Record, texts: Texts) -> str:
    """Say how often an author was flagged lately. There is no ranking: everybody stands for themselves."""
    return texts("case.record", n_days=RECORD_DAYS, n_flagged=record.n_flagged, n_right=record.n_right)


def what(act: CaseAct, texts: Texts) -> str:
    """Name what was done."""
    if act.kind is ActKind.REFUSED:
        kind, why = (act.refusal or "").split()
        return texts(f"automatic.refused_{why}", what=texts(f"case_act.{kind}"))
    if act.minutes is not None:
        return texts("case_act.timeout_for", duration=duration(act.minutes, texts))
    return texts(f"case_act.{act.kind}")


def done(act: CaseAct, texts: Texts, key: str = "case.act") -> str:
    """Say what was done by whom and when."""
    if act.is_automatic:
        return texts("automatic.act", what=what(act, texts), when=moment(act.at))
    if act.by is None:
        return texts("case.act_by_jigi", what=what(act, texts), when=moment(act.at))
    return texts(key, what=what(act, texts), by=f"<@{act.by}>", when=moment(act.at))


def history(file: CaseFile, texts: Texts, written: Callable[[str], str], limit: int = _SHOWN_ACTS) -> list[str]:
    """Say what was done about a case, the newest last; `written` says how a moderator's words are set down."""
    acts = [act for act in file.acts if act.is_done]
    left_out = [texts("case.acts_left_out", n=len(acts) - limit)] if len(acts) > limit else []
    return [*left_out, *(_with_reason(act, texts, written) for act in acts[-limit:])]


def _with_reason(act: CaseAct, texts: Texts, written: Callable[[str], str]) -> str:
    if not act.reason or act.by is None:
        return done(act, texts)
    line = " ".join(act.reason.split())
    reason = shown(line if len(line) <= _MOST_OF_REASON else line[: _MOST_OF_REASON - 1] + "…", texts, written)
    return texts("case.act_reason", what=what(act, texts), by=f"<@{act.by}>", when=moment(act.at), reason=reason)


def button(kind: ActKind, texts: Texts) -> str:
    """Name the button that does something."""
    return texts(f"case_act.{kind}")


def obstacle(error: CaseError, texts: Texts) -> str:
    """Say why something cannot be done about a case, and what would mend that."""
    match error:
        case CaseEndedError():
            return texts(f"case_answer.ended_{error.reason}")
        case DoneBeforeError():
            return done(error.act, texts, "case_answer.done_before")
        case ObstacleError():
            return texts(f"case_answer.{error.key}", **error.fields)
        case _:
            return texts("case_answer.unknown")
