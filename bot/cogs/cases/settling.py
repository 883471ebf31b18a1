"""Settle cases in the name of moderators, and say what became of it."""

from __future__ import annotations

from bot.domain.cases import STATES, ActKind, CaseEndedError
from bot.domain.decisions import Decided, OutdatedAlertError
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.wording.cases import done


async def settle(jigi: Jigi, guild_id: int, number: int, kind: ActKind, by: int, texts: Texts) -> str:
    """Decide of a case, close it or open it again, and return what to answer.

    Raises:
        CaseError: It cannot be done; `bot.wording.cases` says why.
        DatabaseError: The database cannot be used.
    """
    cases = jigi.database.cases
    if kind is ActKind.CLOSE:
        earlier = await cases.close(guild_id, number, by)
        return texts("case_answer.close", number=number) if earlier is None else done(earlier, texts, _BEFORE)
    if kind is ActKind.REOPEN:
        is_reopened = await cases.reopen(guild_id, number, by)
        return texts("case_answer.reopen" if is_reopened else "case_answer.is_open", number=number)
    return await _decide(jigi, guild_id, number, kind, by, texts)


_BEFORE = "case_answer.settled_before"


async def _decide(jigi: Jigi, guild_id: int, number: int, kind: ActKind, by: int, texts: Texts) -> str:
    case = (await jigi.database.cases.file(guild_id, number)).case
    if case.ended is not None and not case.can_be_settled:
        raise CaseEndedError(case.ended)
    may_learn, is_right = jigi.config.allow_training_on_messages, kind is ActKind.RIGHT
    try:
        decided = await jigi.database.decisions.decide(
            case.message_id, is_right, by, guild_id=guild_id, may_learn=may_learn
        )
    except OutdatedAlertError:
        return texts("decision.outdated")
    if decided is None:
        return texts("decision.closed")
    return _outcome(decided, kind, may_learn, texts)


def _outcome(decided: Decided, kind: ActKind, may_learn: bool, texts: Texts) -> str:
    """Say what was recorded, whether the text was learned where texts are, and what somebody else had said before."""
    earlier = decided.earlier
    if earlier is not None and STATES[earlier.kind] is STATES[kind]:
        return done(earlier, texts, _BEFORE)
    said = texts("decision.done_right" if decided.is_right else "decision.done_false_alarm")
    if decided.is_example:
        said += " " + texts("decision.learned_right" if decided.is_right else "decision.learned_false_alarm")
    elif may_learn:
        said += " " + texts("decision.not_learned")
    return said if earlier is None else f"{said}\n{done(earlier, texts, 'case_answer.replaced')}"
