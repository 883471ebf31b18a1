"""What a guild is asked to agree to before Jigi does something by itself, sealed into the button that agrees.

The button says what was shown. Its seal is over that and all on which it depends: the model, the thresholds, what is on
already. It fits nothing else: nobody agrees to what they have not seen, and nobody makes up such a button.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.automatic import AGREEMENT_LASTS, Automatic
from bot.domain.guilds import GuildSettings
from bot.services.serving import Serving

TEMPLATE = (
    rf"jigi:agree:(?P<guild_id>[0-9]{{1,19}}):(?P<kind>{'|'.join(Automatic)}):(?P<millionths>[0-9]{{1,7}})"
    r":(?P<minutes>[0-9]{1,5}):(?P<shown_at>[0-9]{1,11}):(?P<seal>[0-9a-f]{16})"
)
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was shown in a guild, and when (in seconds since 1970)."""

    guild_id: int
    kind: Automatic
    millionths: int  # of the threshold
    minutes: int
    shown_at: int

    @classmethod
    def now(cls, guild_id: int, kind: Automatic, threshold: float, minutes: int) -> Agreement:
        """Return what is shown now."""
        return cls(guild_id, kind, round(threshold * _MILLION), minutes, int(datetime.now(UTC).timestamp()))

    @classmethod
    def of(cls, match: re.Match[str]) -> Agreement:
        """Return what a button says that was shown."""
        numbers = (int(match[name]) for name in ("millionths", "minutes", "shown_at"))
        return cls(int(match["guild_id"]), Automatic(match["kind"]), *numbers)

    @property
    def threshold(self) -> float:
        """The P(negative) in (0, 1] from which it would be done."""
        return self.millionths / _MILLION

    @property
    def is_expired(self) -> bool:
        """Whether it was shown too long ago."""
        return datetime.now(UTC).timestamp() - self.shown_at > AGREEMENT_LASTS.total_seconds()

    @property
    def values(self) -> dict[str, object]:
        """What it changes."""
        chosen: dict[str, object] = {f"{self.kind}_from": self.threshold}
        return chosen | {"timeout_minutes": self.minutes} if self.kind is Automatic.TIMEOUT else chosen

    def custom_id(self, seal: str) -> str:
        """Return what the button is called."""
        shown = self.guild_id, self.kind, self.millionths, self.minutes, self.shown_at, seal
        return ":".join(["jigi", "agree", *map(str, shown)])

    def seal(self, effective: GuildSettings, serving: Serving, words: str, digest: Callable[[str], bytes]) -> str:
        """Return the seal as it is while nothing changes: `effective` is what holds, `words` those of a reply."""
        state = (
            self, serving.classifier.version, serving.threshold, sorted(serving.thresholds.items()), words,
            effective.automatic, effective.timeout_minutes, effective.automatic_model, effective.is_shadow,
            effective.log_channel_id,
        )  # fmt: skip
        return digest(repr(state)).hex()[:16]
