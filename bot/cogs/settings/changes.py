"""Change a guild's settings, by a command or a menu, and know what holds then."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.guilds import GuildSettings
from bot.domain.thresholds import FEWEST_DAYS, FEWEST_MESSAGES
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.services.thresholds import choose_threshold
from bot.wording.thresholds import number


@dataclass(frozen=True, slots=True)
class Changed:
    """What holds after settings were to be changed: what the guild has chosen, and with the operator's choices.

    `names` are those that have changed, or if none has, for which it was asked.
    """

    names: tuple[str, ...]
    is_new: bool
    chosen: GuildSettings
    effective: GuildSettings


class Changes:
    """Changes settings of guilds."""

    def __init__(self, jigi: Jigi) -> None:
        self._jigi = jigi

    async def holding(self, guild_id: int) -> tuple[GuildSettings, GuildSettings]:
        """Return what a guild has chosen, and what holds in it, the operator's and its model's choices among it.

        There is no `automatic_model` where the guild has agreed by the scores of another one.
        """
        serving = await self._jigi.models.for_guild(guild_id)
        chosen, effective = self._jigi.settings.of(guild_id), self._jigi.settings.effective(guild_id)
        model = chosen.automatic_model if chosen.automatic_model == serving.classifier.version else None
        return chosen, replace(effective, threshold=serving.threshold, automatic_model=model)

    async def make(self, guild_id: int, by: int | None, /, **values: object) -> Changed:
        """Change some settings, and have what waits for them tried again."""
        before = self._jigi.settings.of(guild_id)
        after = await self._jigi.settings.change(guild_id, by, **values)
        names = tuple(name for name in values if getattr(before, name) != getattr(after, name))
        if "log_channel_id" in names:
            await self._jigi.pipeline.retry(guild_id)
        return Changed(names or tuple(values), bool(names), *await self.holding(guild_id))

    async def alerts_per_day(self, guild_id: int, by: int, wanted: float | None) -> Changed:
        """Choose the threshold that gives so many alerts a day, or the model's own until enough was seen to tell."""
        threshold = None
        if wanted is not None:
            threshold = await choose_threshold(self._jigi.database, self._jigi.models, guild_id, wanted)
        return await self.make(guild_id, by, alerts_per_day=wanted, threshold=threshold)

    async def choose_what_waits(self) -> None:
        """Choose the thresholds that could not be chosen yet, where enough was seen by now."""
        for guild_id in self._jigi.settings.without_threshold:
            wanted = self._jigi.settings.of(guild_id).alerts_per_day
            if wanted is None:  # changed while another guild's was chosen
                continue
            threshold = await choose_threshold(self._jigi.database, self._jigi.models, guild_id, wanted)
            if threshold is not None:
                await self._jigi.settings.change(guild_id, None, threshold=threshold)

    def about_choice(self, done: Changed, texts: Texts) -> list[str]:
        """Say how a threshold was chosen by alerts a day, or that it will be."""
        if done.chosen.alerts_per_day is None:
            return []
        shown = {"threshold": number(done.effective.threshold or 0.0), "wanted": f"{done.chosen.alerts_per_day:g}"}
        if done.chosen.threshold is not None:
            return [texts("settings.threshold_chosen", **shown)]
        return [texts("settings.threshold_later", least=FEWEST_MESSAGES, least_days=FEWEST_DAYS, **shown)]
