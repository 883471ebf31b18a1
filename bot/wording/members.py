"""What members are told of their own flagged messages, and of their appeals. Pure.

It names no moderator, and nothing but what concerns the member who asks.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.actions import CloseReason
from bot.domain.cases import ActKind, Case, CaseFile, CaseState
from bot.domain.members.appeals import (
    MAX_WORDS,
    MOST_A_DAY,
    Appeal,
    AppealProblem,
    AppealState,
    NoticeState,
    obstacle_to,
)
from bot.domain.messages import UNREADABLE
from bot.localisation.formats import cut, percent
from bot.localisation.texts import Texts
from bot.wording.cases import likelihood, moment, shown, what
from model.prediction import Prediction

_TO_THE_MESSAGE = (ActKind.DELETE, ActKind.TIMEOUT)
_MOST_OF_TEXT = 60  # characters of a message in a list
Marks = tuple[tuple[str, bool], ...]


def jump_url(case: Case) -> str:
    """Return the address of the message of a case."""
    return f"https://discord.com/channels/{case.guild_id}/{case.channel_id}/{case.message_id}"


def explanation(file: CaseFile, marks: Marks, texts: Texts, marked: Callable[[Marks], str]) -> str:
    """Say why a message was flagged, and what has become of it."""
    negative = Prediction(file.verdict.probability).negative_probability
    lines = [
        f"**{texts('why.title')}** · {_place(file.case, texts)}",
        texts("why.probability", percent=likelihood(negative, texts)),
        texts("why.model", version=file.verdict.model_version, threshold=percent(file.verdict.threshold)),
        texts("why.marks", marks=marked(marks)) if marks else _no_marks(file, texts),
        "",
        *_outcome(file, texts),
        *_of_appeal(file.appeal, texts),
        texts("why.may_err"),
    ]
    if obstacle_to(file.case, file.appeal) is None:
        lines.append(texts("why.may_appeal"))
    return "\n".join(lines)


def line(file: CaseFile, place: str, texts: Texts, written: Callable[[str], str]) -> str:
    """Name a flagged message in a list of one's own, with its beginning as long as it is kept."""
    named = texts("why.line", place=place, when=moment(file.case.created_at), state=_state(file, texts))
    return f"{named}\n> {shown(cut(file.verdict.text, _MOST_OF_TEXT), texts, written)}" if file.verdict.text else named


def notice(case: Case, appeal: Appeal, guild: str, texts: Texts) -> str:
    """Say what moderators have decided of an appeal."""
    outcome = texts(f"appeal.outcome_{appeal.outcome}")
    return texts("appeal.notice", guild=guild, url=jump_url(case), outcome=outcome)


def problem(found: AppealProblem, texts: Texts, received: int = 0) -> str:
    """Say why an appeal is not taken."""
    if found is AppealProblem.UNKNOWN:
        return texts("why.unknown")
    return texts(f"appeal.{found}", most=f"{MAX_WORDS:,}", received=f"{received:,}", n=MOST_A_DAY)


def _place(case: Case, texts: Texts) -> str:
    if case.ended is CloseReason.DELETED:
        return texts("why.deleted")
    return texts("case.link", url=jump_url(case))


def _no_marks(file: CaseFile, texts: Texts) -> str:
    if file.verdict.text == UNREADABLE:
        return texts("case.unreadable")
    return texts("check.no_marks") if file.verdict.text else texts("why.text_gone")


def _outcome(file: CaseFile, texts: Texts) -> list[str]:
    """Say what moderators have said and done, and when, but not who."""
    settled = file.last(ActKind.RIGHT, ActKind.FALSE_ALARM, ActKind.CLOSE)
    lines = [texts("why.state_edited") if file.case.ended is CloseReason.EDITED else _state(file, texts)]
    if settled is not None and file.case.state is not CaseState.OPEN and file.case.ended is not CloseReason.EDITED:
        lines = [f"{lines[0]} · {moment(settled.at)}"]
    lines += [
        texts("why.automatic_act" if act.is_automatic else "why.act", what=what(act, texts), when=moment(act.at))
        for act in file.acts
        if act.kind in _TO_THE_MESSAGE and act.is_done
    ]
    return lines


def _state(file: CaseFile, texts: Texts) -> str:
    if file.case.is_appealed:
        return texts("why.state_appealed")
    return texts(f"why.state_{file.case.state}")


def _of_appeal(appeal: Appeal | None, texts: Texts) -> list[str]:
    if appeal is None:
        return []
    if appeal.state is not AppealState.ANSWERED:
        return [texts(f"appeal.state_{appeal.state}", when=moment(appeal.created_at))]
    outcome = texts(f"appeal.outcome_{appeal.outcome}")
    lines = [texts("appeal.state_answered", when=moment(appeal.ended_at or appeal.created_at), outcome=outcome)]
    return [*lines, texts("appeal.not_told")] if appeal.notice is NoticeState.REFUSED else lines
