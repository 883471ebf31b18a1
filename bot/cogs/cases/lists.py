"""Lists of cases, page by page. What a list is of stands in the custom ids of its buttons: it outlives the process."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import discord

from bot.cogs.shared.buttons import plain_button, view_of
from bot.cogs.shared.case_embeds import LARGEST_ID, jump_url
from bot.cogs.shared.replies import spoiler
from bot.domain.actions import CloseReason
from bot.domain.cases import Case, CaseFilter, CasePage, CaseState
from bot.domain.verdicts import StoredVerdict
from bot.localisation.formats import cut
from bot.localisation.texts import Texts
from bot.storage.cases.store import Cases
from bot.wording.cases import likelihood, moment, shown
from model.prediction import Prediction

N_PER_PAGE = 8
_MOST_OF_TEXT = 80  # characters of each
_LAST_PAGE = 99_999
_ID, _STATES = "[0-9]{0,19}", "|".join(CaseState)

TEMPLATE = (
    rf"jigi:list:(?P<kind>open|mine|search|folded):(?P<page>[0-9]{{1,5}}):(?P<state>{_STATES}|)"
    rf":(?P<channel_id>{_ID}):(?P<author_id>{_ID}):(?P<days>[0-9]{{0,3}}):(?P<folded_into>[0-9]{{0,9}})"
)


@dataclass(frozen=True, slots=True)
class CaseList:
    """A page of a list of cases. `mine` is that of whoever looks at it."""

    kind: str  # open, mine, search or folded
    page: int = 1
    state: CaseState | None = None
    channel_id: int | None = None
    author_id: int | None = None
    days: int | None = None
    folded_into: int | None = None

    @classmethod
    def of(cls, match: re.Match[str]) -> CaseList:
        """Return the page that a button leads to."""
        numbers = {name: min(int(match[name]), LARGEST_ID) if match[name] else None for name in _NUMBERS}
        state = CaseState(match["state"]) if match["state"] else None
        return cls(match["kind"], max(1, int(match["page"])), state, **numbers)

    @property
    def custom_id(self) -> str:
        """What a button is called that leads here."""
        numbers = (getattr(self, name) for name in _NUMBERS)
        filled = ("" if each is None else str(each) for each in (self.state, *numbers))
        return ":".join(["jigi", "list", self.kind, str(self.page), *filled])

    def filter(self, reader_id: int) -> CaseFilter:
        """Return which cases are listed, for somebody who looks at it now."""
        since = None if self.days is None else datetime.now(UTC) - timedelta(days=self.days)
        by = reader_id if self.kind == "mine" else None
        return CaseFilter(self.state, self.channel_id, self.author_id, by, since, self.folded_into)


_NUMBERS = ("channel_id", "author_id", "days", "folded_into")


async def show(
    cases: Cases, listed: CaseList, guild_id: int, reader_id: int, texts: Texts, *, is_public: bool
) -> dict[str, Any]:
    """Return the embed and the buttons of a page; a page behind the last one is the last one.

    In public there are neither texts nor authors: whoever passes by would read them.
    """
    found = await cases.page(guild_id, listed.filter(reader_id), listed.page, N_PER_PAGE)
    n_pages = max(1, -(-found.n_cases // N_PER_PAGE))
    if listed.page > n_pages:
        listed = replace(listed, page=n_pages)
        found = await cases.page(guild_id, listed.filter(reader_id), n_pages, N_PER_PAGE)
    return {"embed": _embed(listed, found, n_pages, texts, is_public=is_public), "view": _view(listed, n_pages, texts)}


def _embed(listed: CaseList, found: CasePage, n_pages: int, texts: Texts, *, is_public: bool) -> discord.Embed:
    lines = [_line(case, verdict, texts, is_public=is_public) for case, verdict in found.cases]
    embed = discord.Embed(title=texts(f"case_list.{listed.kind}"), colour=discord.Colour.light_grey())
    embed.description = "\n".join(lines) or texts("case_list.none")
    return embed.set_footer(text=texts("case_list.page", page=listed.page, n_pages=n_pages, n=found.n_cases))


def _view(listed: CaseList, n_pages: int, texts: Texts) -> discord.ui.View | None:
    if n_pages == 1:
        return None
    last = min(n_pages, _LAST_PAGE)
    before, after = replace(listed, page=listed.page - 1), replace(listed, page=min(listed.page + 1, _LAST_PAGE))
    return view_of(
        [
            plain_button(texts("case_act.previous_page"), before.custom_id, disabled=listed.page == 1),
            plain_button(texts("case_act.next_page"), after.custom_id, disabled=listed.page >= last),
        ]
    )


def _line(case: Case, verdict: StoredVerdict, texts: Texts, *, is_public: bool) -> str:
    has_author = case.author_id is not None and not is_public
    line = texts(
        "case_list.line_ended" if case.ended is CloseReason.DELETED else "case_list.line",
        number=case.number,
        state=texts(f"case.state_{case.state}"),
        percent=likelihood(Prediction(verdict.probability).negative_probability, texts),
        channel_id=case.channel_id,
        by=texts("case_list.by", author=f"<@{case.author_id}>") if has_author else "",
        when=moment(case.created_at),
        url=jump_url(case),
    )
    if is_public or not verdict.text:
        return line
    return f"{line}\n{shown(cut(verdict.text, _MOST_OF_TEXT), texts, spoiler)}"
