"""The picture of what was counted, as a file for Discord."""

from __future__ import annotations

import io
from collections.abc import Mapping

import discord

from bot.domain.statistics import Counts, Statistics
from bot.localisation.formats import cut
from bot.localisation.texts import Texts
from bot.runtime import Jigi
from bot.services.pictures import PictureError, picture_of_counts
from bot.wording.statistics import picture_text

_N_CHANNELS = 8  # drawn
_MOST_OF_DESCRIPTION = 1024  # characters that Discord takes


async def draw(
    jigi: Jigi, guild: discord.Guild, title: str, counted: Statistics, by_place: Mapping[int, Counts], texts: Texts
) -> tuple[list[discord.File], str | None]:
    """Return the picture, if anything was flagged, described for who cannot see it; or why there is none."""
    if not counted.total.n_flagged:
        return [], None
    flagged = [(place, counts) for place, counts in by_place.items() if counts.n_flagged][:_N_CHANNELS]
    named = {place: (_name(guild, place), counts) for place, counts in flagged}
    try:
        drawn = await jigi.pictures.draw(guild.id, picture_of_counts(title, counted, list(named.values()), texts))
    except PictureError as error:
        return [], texts(f"picture.{error.problem}")
    description = cut(picture_text(title, counted, named, texts), _MOST_OF_DESCRIPTION)
    return [discord.File(io.BytesIO(drawn), "jigi-stats.png", description=description)], None


def _name(guild: discord.Guild, place: int) -> str:
    channel = guild.get_channel_or_thread(place)
    return f"#{channel.name}" if channel is not None else str(place)
