"""What each column holds of people: from this is derived what is shown, exported and erased when a member asks.

A column that could hold words or somebody's id says what it does beside its type: `info=holds(Holds.WORDS)`.
`tests/bot/storage/members/test_register.py` names those that say nothing. `bot.storage.members.register` reads it.
"""

from __future__ import annotations

from enum import StrEnum


class Holds(StrEnum):
    """What a column holds of people.

    Of a member's rows, which are those with their id (MEMBER), or of their messages and cases, goes what is theirs.
    """

    MEMBER = "member"  # the id of the member whom the row is about
    WORDS = "words"  # what that member has written
    DIGEST = "digest"  # made from their words: whoever guesses them would find them confirmed
    ABOUT = "about"  # what moderators have written about them
    STAFF = "staff"  # the id of who has done something in a guild's name, which answers for it
    CHOICE = "choice"  # what a guild has chosen, people among it; they stay chosen
    NOBODY = "nobody"  # no words, no id of a person


def holds(what: Holds) -> dict[str, Holds]:
    """Return what a column says of itself in its `info`."""
    return {"holds": what}
