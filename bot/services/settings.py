"""Every guild's settings at hand: asked for with every message, thousands of times a second.

What this process changes holds at once; what another process that shares the database changes, within a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from bot.config import Config
from bot.domain.guilds import GuildSettings
from bot.domain.verdicts import Acting
from bot.localisation.texts import Texts
from bot.storage.connection.engine import DatabaseError
from bot.storage.database import Database

_log = logging.getLogger(__name__)

_NOTHING_CHOSEN = GuildSettings()


class SettingsOfGuilds:
    """The guilds' settings, and what the operator's configuration makes of them where a guild has chosen nothing.

    `home_of` says which guild a channel is of, None for a channel that is not known (yet). `looked_after` is the
    seconds between two looks for what other processes have changed. `chosen` is what was read before `start`.
    """

    def __init__(
        self,
        database: Database,
        config: Config | None = None,
        home_of: Callable[[int], int | None] = lambda channel_id: None,
        *,
        looked_after: float = 0.5,
        chosen: Mapping[int, GuildSettings] | None = None,
    ) -> None:
        self._database = database
        self._config = config or Config()
        self._home_of = home_of
        self._operators_home: int | None = None  # the guild of the operator's log channel; a channel never moves
        self._looked_after = looked_after
        self._of: dict[int, GuildSettings] = dict(chosen or {})
        self._n_changes = 0  # made by this process
        self._last_changes: dict[int, int] = {}  # of each guild its last change's number
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load everything that was chosen, and begin to look for changes.

        Raises:
            DatabaseError: The choices cannot be read.
        """
        self._of |= await self._database.guilds.all_settings()
        self._looking = asyncio.create_task(self._look_for_changes(), name="settings")

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def of(self, guild_id: int | None) -> GuildSettings:
        """Return what a guild has chosen. Never waits."""
        return self._of.get(guild_id, _NOTHING_CHOSEN)  # type: ignore[arg-type]  # None is no key: nothing is chosen

    async def load(self, guild_ids: Iterable[int | None]) -> None:
        """Read the choices of some guilds anew.

        Raises:
            DatabaseError: They cannot be read.
        """
        n_changes = self._n_changes
        self._take(await self._database.guilds.settings(each for each in guild_ids if each is not None), n_changes)

    async def reload(self, guild_id: int) -> None:
        """Read the choices of a guild anew, and forget those that are gone.

        Raises:
            DatabaseError: They cannot be read.
        """
        found = await self._database.guilds.settings([guild_id])
        self._note_change(guild_id)
        self._of[guild_id] = found.get(guild_id, _NOTHING_CHOSEN)

    def forget(self, guild_id: int) -> None:
        """Forget what a guild had chosen: it was purged."""
        self._note_change(guild_id)
        self._of.pop(guild_id, None)

    async def refresh(self, guild_ids: Iterable[int | None]) -> None:
        """Have at hand what guilds have chosen: read anew those for which this process has chosen a version since.

        Raises:
            DatabaseError: Their choices cannot be read.
        """
        if self._looking is None:  # not started: nothing is at hand
            await self.load(guild_ids)
        while self._database.chosen:
            guild_id = self._database.chosen.pop()
            self._note_change(guild_id)
            try:
                await self.load([guild_id])
            except DatabaseError:
                self._database.chosen.add(guild_id)
                raise

    async def change(self, guild_id: int, by: int | None, /, **values: object) -> GuildSettings:
        """Change some of a guild's choices, fields of `GuildSettings`, from now on; None: Jigi does it itself.

        Raises:
            DatabaseError: They cannot be written.
        """
        changed = await self._database.guilds.change(guild_id, by, **values)
        self._note_change(guild_id)
        self._of[guild_id] = changed
        return changed

    # What holds in a guild, its own choice before the operator's.

    @property
    def threshold(self) -> float | None:
        """The operator's threshold, None for the model's own."""
        return self._config.threshold

    def effective(self, guild_id: int) -> GuildSettings:
        """Return what holds in a guild, but for the threshold, which may be its model's.

        Of the operator's channels there are those of the guild: nobody sees anything of another.
        """
        own, log_channel_id = self.of(guild_id), self.log_channel_id(guild_id)
        is_known = own.log_channel_id is not None or self._home_of(log_channel_id or 0) == guild_id
        ids = frozenset(each for each in self._config.watched.ids if self._home_of(each) == guild_id)
        return replace(
            own,
            watched=replace(self._config.watched, ids=ids) if own.watched is None else own.watched,
            log_channel_id=log_channel_id if is_known else None,
            language=self.texts(guild_id).language,
            retention_days=self.retention_days(guild_id),
        )

    @property
    def without_threshold(self) -> list[int]:
        """The guilds that have said how many alerts a day they can read, when there was too little to choose by."""
        return [each for each, own in self._of.items() if own.alerts_per_day is not None and own.threshold is None]

    def texts(self, guild_id: int | None) -> Texts:
        """Return the sentences in which a guild is spoken to."""
        return Texts.load(self.of(guild_id).language or self._config.language)

    def retention_days(self, guild_id: int | None) -> int:
        """Return for how many days a guild's texts are kept."""
        return self.of(guild_id).retention_days or self._config.retention_days

    @property
    def retention(self) -> tuple[int, dict[int, int]]:
        """For how many days texts are kept, and in those guilds that have chosen for themselves."""
        own = {guild_id: settings.retention_days for guild_id, settings in self._of.items() if settings.retention_days}
        return self._config.retention_days, own

    def log_channel_id(self, guild_id: int | None) -> int | None:
        """Return where a guild's alerts go, None for nowhere. The operator's log channel is its own guild's alone.

        Whose it is may not be known yet: who sends something there has to look.
        """
        own = self.of(guild_id).log_channel_id
        if own is not None or self._config.log_channel_id is None:
            return own
        if self._operators_home is None:
            self._operators_home = self._home_of(self._config.log_channel_id)
        return self._config.log_channel_id if self._operators_home in (None, guild_id) else None

    def known_log_channel_id(self, guild_id: int) -> int | None:
        """Return where a guild's alerts go; the operator's log channel only where it is known to be of this guild."""
        channel_id = self.log_channel_id(guild_id)
        is_known = self.of(guild_id).log_channel_id is not None or self._operators_home == guild_id
        return channel_id if is_known else None

    def acting(self, guild_id: int | None) -> Acting:
        """Return what is done about a guild's flagged messages."""
        return self.of(guild_id).acting(self.log_channel_id(guild_id))

    def watches(self, guild_id: int, *place_ids: int) -> bool:
        """Tell whether messages of a channel are judged, which may be known by its parents, too.

        The log channel is never watched: moderators quote there what was flagged.
        """
        if self.log_channel_id(guild_id) in place_ids:
            return False
        return self.of(guild_id).watches(self._config.watched, place_ids)

    def _note_change(self, guild_id: int) -> None:
        """Take no notice of what was read before."""
        self._n_changes += 1
        self._last_changes[guild_id] = self._n_changes

    async def _look_for_changes(self) -> None:
        while True:
            await asyncio.sleep(self._looked_after)
            n_changes = self._n_changes
            try:
                self._take(await self._database.guilds.changed_lately(), n_changes)
            except DatabaseError as error:
                _log.debug("Nobody could look for changed settings: %s", error)

    def _take(self, found: Mapping[int, GuildSettings], n_changes: int) -> None:
        """Take over what was read, but for guilds of which something was changed since."""
        self._of |= {each: found[each] for each in found if self._last_changes.get(each, 0) <= n_changes}
