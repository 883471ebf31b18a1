"""The errors that Discord answers with, each under the code that the API documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class DiscordError(Exception):
    """A refusal of the API: HTTP status, Discord's code and message, and the faulty fields if any."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} (error code {code}): {message} {errors or ''}".rstrip())
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def to_json(self) -> Json:
        """Return the body of the answer."""
        body: Json = {"code": self.code, "message": self.message}
        return {**body, "errors": self.errors} if self.errors else body


_UNKNOWN = {
    "application command": 10063,
    "ban": 10026,
    "channel": 10003,
    "guild": 10004,
    "interaction": 10062,
    "member": 10007,
    "message": 10008,
    "role": 10011,
    "user": 10013,
    "webhook": 10015,
}


def unknown(what: str) -> DiscordError:
    """Return the 404 for an object that does not exist, e.g. ``unknown("message")``."""
    return DiscordError(404, _UNKNOWN[what], f"Unknown {what.title()}")


def missing_access() -> DiscordError:
    """Return the 403 for a channel or guild that the caller cannot see."""
    return DiscordError(403, 50001, "Missing Access")


def missing_permissions() -> DiscordError:
    """Return the 403 for an action that the caller's permissions do not cover."""
    return DiscordError(403, 50013, "Missing Permissions")


def invalid_form(faults: Mapping[str, tuple[str, str]]) -> DiscordError:
    """Return the 400 that names faulty fields: dotted path → (error code, message)."""
    errors: Json = {}
    for path, (code, message) in faults.items():
        node = errors
        for part in path.split("."):
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})
    return DiscordError(400, 50035, "Invalid Form Body", errors)
