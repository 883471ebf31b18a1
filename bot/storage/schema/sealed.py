"""Text that is sealed on its way to the disk and opened on its way back: the type of every column that holds words.

Without a key it is stored as it is. What is sealed begins with a mark that no other text can begin with, and says which
key it was sealed with; so rows of before, of an older key and of the first key stand side by side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Column, ColumnElement, Dialect, MetaData, Text, TypeDecorator, func, type_coerce
from sqlalchemy.sql import operators

from bot.domain.messages import UNREADABLE

_MARK = "\x02"
_N_FINGERPRINT = 8  # hexadecimal digits: to tell keys apart, not to find them
N_PREFIX = len(_MARK) + _N_FINGERPRINT + 1

_WITHOUT = (operators.is_, operators.is_not)  # what can be asked of a text that SQL cannot read


class Keyring:
    """The operator's keys, newest first: the first seals, every one opens. Does not show them."""

    def __init__(self, keys: Sequence[str]) -> None:
        from cryptography.fernet import Fernet  # whoever has no key does not wait for it

        self._fernets = {prefix_of(key): Fernet(key) for key in keys}
        self.prefixes = tuple(self._fernets)  # of what each key has sealed, in their order

    def seal(self, text: str) -> str:
        """Return a text as it goes to the disk."""
        first = self.prefixes[0]
        return first + self._fernets[first].encrypt(text.encode()).decode("ascii")

    def open(self, stored: str) -> str:
        """Return a text that was sealed, or `UNREADABLE` without its key."""
        from cryptography.fernet import InvalidToken

        fernet = self._fernets.get(stored[:N_PREFIX])
        if fernet is None:
            return UNREADABLE
        try:
            return fernet.decrypt(stored[N_PREFIX:]).decode()
        except InvalidToken:  # damaged
            return UNREADABLE


_keyrings: WeakKeyDictionary[Dialect, Keyring] = WeakKeyDictionary()


def use_keys(dialect: Dialect, keyring: Keyring | None) -> None:
    """Have an engine, which its dialect stands for, seal and open with these keys."""
    if keyring is not None:
        _keyrings[dialect] = keyring


class Sealed(TypeDecorator[str]):
    """What somebody wrote. SQL can ask whether it is there, and nothing else: the same text is sealed anew each time.

    What no database takes as text is replaced (`storable`).
    """

    impl = Text
    cache_ok = True

    class comparator_factory(Text.Comparator[str]):
        """Refuses what would silently find nothing."""

        def operate(self, op: operators.OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            """Ask something of the column."""
            if op not in _WITHOUT:
                raise TypeError(f"{op.__name__}: SQL cannot compare what is sealed; read it, and compare it in Python")
            return super().operate(op, *other, **kwargs)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Turn a text into what is stored."""
        if value is None:
            return None
        keyring = _keyrings.get(dialect)
        return keyring.seal(storable(value)) if keyring else storable(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Turn what is stored into a text."""
        return value if value is None else opened(value, _keyrings.get(dialect))


def prefix_of(key: str) -> str:
    """Return how everything begins that a key has sealed. The key cannot be told from it."""
    return f"{_MARK}{hashlib.sha256(key.encode()).hexdigest()[:_N_FINGERPRINT]}:"


def fingerprint_of(prefix: str) -> str:
    """Return what tells a key from others, by which an operator may call it."""
    return prefix[len(_MARK) : -1]


def is_sealed(stored: str) -> bool:
    """Tell whether a stored text is sealed."""
    return stored.startswith(_MARK)


def opened(stored: str, keyring: Keyring | None) -> str:
    """Return what a stored text says, `UNREADABLE` if it is sealed and its key is not there."""
    if not is_sealed(stored):
        return stored
    return keyring.open(stored) if keyring else UNREADABLE


def storable(content: str) -> str:
    """Replace what cannot be stored: half a surrogate pair, NUL (PostgreSQL), and what marks a sealed text."""
    whole = content.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "\ufffd").replace(_MARK, "\ufffd")


def raw(column: Column[str]) -> ColumnElement[str]:
    """Return a sealed column as it is stored."""
    return type_coerce(column, Text)


def prefix(column: Column[str]) -> ColumnElement[str]:
    """Return how a stored text begins: with the mark of its key, or with whatever was written."""
    return func.substr(column, 1, N_PREFIX, type_=Text)


def looks_sealed(column: Column[str]) -> ColumnElement[bool]:
    """Ask of a stored text what `is_sealed` tells."""
    return func.substr(column, 1, len(_MARK), type_=Text) == _MARK


def sealed_columns(metadata: MetaData) -> list[Column[str]]:
    """Return every column that holds what people wrote."""
    columns = (column for table in metadata.sorted_tables for column in table.columns)
    return [column for column in columns if isinstance(column.type, Sealed)]
