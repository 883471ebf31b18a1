"""What can go wrong with a database, told so that whoever runs the bot knows what to do."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, TimeoutError

from bot.localisation.texts import Language, Texts

# What the world can do to a database that is used rightly; OSError comes from a server that cannot be reached.
FAILURES = (DBAPIError, TimeoutError, OSError)


class DatabaseError(Exception):
    """The database cannot be opened, read or written. `str` is English, `sentence` speaks any language."""

    def __init__(self, problem: str, **fields: object) -> None:
        self.problem = problem
        self.fields = fields
        super().__init__(self.sentence(Texts.load(Language.ENGLISH)))

    @property
    def is_doubtful(self) -> bool:
        """Whether a server was lost, which may have done what was asked and not been able to say so."""
        return self.problem in ("unreachable", "no_answer")

    def sentence(self, texts: Texts) -> str:
        """Say what is wrong and what to do."""
        return texts(f"database.{self.problem}", **self.fields)


def cause_of(error: Exception) -> BaseException:
    """Return what the driver has said of a failure."""
    return (error.orig or error) if isinstance(error, DBAPIError) else error


def in_one_line(error: object) -> str:
    """Return what an error says, in one line."""
    return " ".join(str(error).split())
