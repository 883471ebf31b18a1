"""What people call versions. Pure."""

from __future__ import annotations

import re

from bot.storage.versions import UnknownVersionError

CONFIGURED = 0  # the number that stands for the model the operator has configured
_NAMES_OF_CONFIGURED = {"0", "v0", "기본", "default", "shipped", "configured"}
_NUMBER = re.compile("v?([0-9]{1,6})")


def read_version(text: str) -> int:
    """Return the number of a version: 3, v3; 0 for the configured model (기본, default).

    Raises:
        UnknownVersionError: It is no version's name.
    """
    name = text.strip().lower()
    if name in _NAMES_OF_CONFIGURED:
        return CONFIGURED
    if not (number := _NUMBER.fullmatch(name)) or int(number[1]) == 0:
        raise UnknownVersionError(text)
    return int(number[1])
