"""Let moderators teach: `!teach`, its modal for several lines, and `!examples`.

`bot.domain.learning.examples` reads and words it, `bot.storage.learning.examples` keeps it. In public, what was taught
is not repeated, or stands behind a spoiler: it may be what was flagged.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from unicodedata import normalize

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from bot.cogs.shared import replies
from bot.cogs.shared.attachments import AttachmentError, TooLargeError, download
from bot.cogs.shared.cog import JigiCog, limited_to
from bot.cogs.shared.replies import MOST_CHARACTERS, QUIET, escape, say, spoiler
from bot.cogs.shared.translator import korean, marked, texts_for
from bot.cogs.shared.types import Context, Interaction
from bot.domain.learning.examples import (
    LIMITS,
    MAX_EXAMPLES,
    Source,
    StoredExample,
    TooManyExamplesError,
    read_ids,
    read_lines,
    write_files,
)
from bot.localisation.commands import Caller
from bot.localisation.formats import cut, fit
from bot.localisation.texts import Texts
from bot.wording.cases import shown
from bot.wording.examples import mistakes
from model.example_files import ExamplesError, FileProblem, read_examples
from model.examples import LABELS, Example, ExampleLabel

_PAGE = 8  # examples; with their texts cut they fit into one message
_MOST_OF_TEXT = 60  # characters of each
_FILES = 9  # in one message, of 1 MB each
_LABELS = [
    Choice(name=marked("label.positive"), value=ExampleLabel.POSITIVE.value),
    Choice(name=marked("label.negative"), value=ExampleLabel.NEGATIVE.value),
    Choice(name=marked("label.neutral"), value=ExampleLabel.NEUTRAL.value),
]

_OPEN_FOR = 900.0  # seconds; Discord tells nobody that a modal was closed
_MOST_CHARACTERS = 4000  # that Discord lets anyone type into a field


class Teaching(JigiCog):
    """Keeps the examples of each guild."""

    TITLE = "cog.teaching"

    @commands.hybrid_command(aliases=korean("teach"))
    @app_commands.choices(label=_LABELS)
    @limited_to(manage_messages=True)
    async def teach(self, ctx: Context, label: str, *, text: str = "") -> None:
        """Teach a text, or several, one a line. Without one a slash command opens a modal."""
        assert ctx.guild is not None
        meant = LABELS.get(normalize("NFC", label).lower())
        is_public = ctx.interaction is None
        if meant is None or (is_public and not text.strip()):
            await self.explain_usage(ctx)
        elif ctx.interaction is not None and not text.strip():
            was_let_in = not ctx.interaction.permissions.manage_messages
            learn, texts = partial(self._learn, meant), self.texts(ctx)
            await ctx.interaction.response.send_modal(TeachModal(learn, meant, texts, was_let_in=was_let_in))
        else:
            await ctx.defer(ephemeral=True)
            learned = self._learn(meant, text, ctx.guild.id, ctx.author.id, self.texts(ctx), is_public=is_public)
            content, files = await learned
            await say(ctx, content, files=files)

    @commands.hybrid_group(aliases=korean("examples"))
    @limited_to(manage_messages=True)
    async def examples(self, ctx: Context) -> None:
        """Say which commands there are."""
        await self.explain_usage(ctx)

    @examples.command(name="list", aliases=korean("examples list"))
    @limited_to(manage_messages=True)
    async def list_examples(self, ctx: Context, page: commands.Range[int, 1, MAX_EXAMPLES] = 1) -> None:
        """Show a page of the examples, the newest first."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        texts, store = self.texts(ctx), self.jigi.database.examples
        n_pages = max(1, -(-sum((await store.count(ctx.guild.id)).values()) // _PAGE))
        found = await store.for_guild(ctx.guild.id, limit=_PAGE, offset=(page - 1) * _PAGE)
        lines = [await self._counts(ctx.guild.id, texts)]
        lines += [_line(example, texts, is_public=ctx.interaction is None) for example in found]
        if page > n_pages:
            lines.append(texts("examples.no_page", n_pages=n_pages))
        elif n_pages > 1:
            lines.append(texts("examples.page", page=page, n_pages=n_pages))
        await say(ctx, "\n".join(lines))

    @examples.command(aliases=korean("examples remove"))
    @limited_to(manage_messages=True)
    async def remove(self, ctx: Context, *, ids: str) -> None:
        """Remove examples by their ids."""
        assert ctx.guild is not None
        wanted = read_ids(ids)
        if not wanted:
            await self.explain_usage(ctx)
            return
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        n_removed = await self.jigi.database.examples.remove(ctx.guild.id, wanted)
        answer = texts(_removed(n_removed, len(wanted)), n=f"{n_removed:,}")
        counts = await self._counts(ctx.guild.id, texts)
        await say(ctx, f"{answer}\n{counts}")

    @examples.command(aliases=korean("examples export"))
    @limited_to(manage_messages=True)
    async def export(self, ctx: Context) -> None:
        """Send all examples as CSV, to who asks alone."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        texts = self.texts(ctx)
        found = await self.jigi.database.examples.for_guild(ctx.guild.id)
        answer = await self._counts(ctx.guild.id, texts)
        files = await asyncio.to_thread(write_files, found)
        if not files or ctx.interaction is not None:
            for first in range(0, max(len(files), 1), _FILES):
                await say(ctx, answer, files=_csv(files, first))
            return
        try:
            for first in range(0, len(files), _FILES):
                await ctx.author.send(answer, files=_csv(files, first), allowed_mentions=QUIET)
        except discord.Forbidden:
            command = Caller(texts).name("examples export")
            await ctx.send(texts("examples.no_direct_messages", command=command), allowed_mentions=QUIET)
        else:
            await ctx.send(texts("examples.sent_directly"), allowed_mentions=QUIET)

    @examples.command(aliases=korean("examples upload"))
    @limited_to(manage_messages=True)
    async def upload(self, ctx: Context, file: discord.Attachment) -> None:
        """Add the examples of a CSV or TSV file, all or none."""
        assert ctx.guild is not None
        await ctx.defer(ephemeral=True)
        texts, is_public = self.texts(ctx), ctx.interaction is None
        try:
            found = await _download(file)
        except ExamplesError as error:
            content, files = _report(error, texts, "examples.row", is_public, ctx.bot_permissions.attach_files)
        except AttachmentError as error:
            content, files = texts(error.key), []
        else:
            content, files = await self._add(ctx.guild.id, found, Source.UPLOADED, ctx.author.id, texts), []
        await say(ctx, content, files=files)

    async def _learn(
        self, label: ExampleLabel, text: str, guild_id: int, by: int, texts: Texts, *, is_public: bool = False
    ) -> tuple[str, list[discord.File]]:
        """Add what was typed, all or nothing; return what to answer. Lines that are lost otherwise are handed back."""
        try:
            found = read_lines(text, label)
        except ExamplesError as error:
            content, _ = _report(error, texts, "teach.line", is_public, may_attach=False)
            is_lost = not is_public and "\n" in text
            return content, [_text_file("jigi-lines.txt", text)] if is_lost else []
        return await self._add(guild_id, found, Source.TYPED, by, texts), []

    async def _add(self, guild_id: int, found: Sequence[Example], source: Source, by: int, texts: Texts) -> str:
        try:
            await self.jigi.database.examples.add(guild_id, found, source, by)
        except TooManyExamplesError:
            return texts("examples.full", most=f"{MAX_EXAMPLES:,}")
        return f"{texts('examples.added', n=len(found))}\n{await self._counts(guild_id, texts)}"

    async def _counts(self, guild_id: int, texts: Texts) -> str:
        counts = await self.jigi.database.examples.count(guild_id)
        return texts("examples.counts", **{label.value: f"{n:,}" for label, n in counts.items()})


def _removed(n_removed: int, n_asked: int) -> str:
    """Return the key of the sentence that says how many were removed."""
    if not n_removed:
        return "examples.none_removed"
    return "examples.removed" if n_removed == n_asked else "examples.partly_removed"


def _line(example: StoredExample, texts: Texts, *, is_public: bool) -> str:
    text = cut(example.text, _MOST_OF_TEXT)
    return texts(
        "examples.line",
        id=example.id,
        label=texts(f"label.{example.label.value}"),
        source=texts(f"source.{example.source.value}"),
        by=f"<@{example.added_by}>",
        when=discord.utils.format_dt(example.created_at, "d"),
        text=shown(text, texts, spoiler if is_public else escape),
    )


async def _download(file: discord.Attachment) -> list[Example]:
    """Read an attached file. One that is too large is not even fetched.

    Raises:
        ExamplesError: It cannot be taken.
        AttachmentError: It cannot be had.
    """
    try:
        content = await download(file, LIMITS.n_bytes)
    except TooLargeError:
        raise ExamplesError(FileProblem.TOO_LARGE, f"more than {LIMITS.n_bytes} bytes") from None
    return await asyncio.to_thread(read_examples, content, LIMITS)


def _report(
    error: ExamplesError, texts: Texts, row_key: str, is_public: bool, may_attach: bool
) -> tuple[str, list[discord.File]]:
    """Say what is wrong, the rows that do not fit into a message in a file, if that may be attached."""
    lines = list(mistakes(error, texts, row_key=row_key, shows_received=not is_public))
    content, is_all = fit(lines, texts, MOST_CHARACTERS, escape)
    files = [_text_file("jigi-report.txt", "\n".join(lines))] if may_attach and not is_all else []
    return content, files


def _csv(files: Sequence[bytes], first: int) -> list[discord.File]:
    numbered = list(enumerate(files, 1))[first : first + _FILES]
    return [discord.File(io.BytesIO(content), f"jigi-examples-{number}.csv") for number, content in numbered]


def _text_file(name: str, text: str) -> discord.File:
    return discord.File(io.BytesIO(text.encode("utf-8", "replace")), name)


_Learn = Callable[[str, int, int, Texts], Awaitable[tuple[str, list[discord.File]]]]


class TeachModal(discord.ui.Modal):
    """A field for several lines, which `learn` takes. `was_let_in`: by Discord, without the permission."""

    def __init__(self, learn: _Learn, label: ExampleLabel, texts: Texts, *, was_let_in: bool) -> None:
        title = texts("teach.modal_title", label=texts(f"label.{label.value}"))
        super().__init__(title=title, timeout=_OPEN_FOR)
        self._learn = learn
        self._texts = texts
        self._was_let_in = was_let_in
        self._field: discord.ui.TextInput[TeachModal] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph,
            custom_id="lines",
            placeholder=texts("teach.modal_placeholder"),
            max_length=_MOST_CHARACTERS,
        )
        self.add_item(discord.ui.Label(text=texts("teach.modal_field"), component=self._field))

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Teach the lines, if whoever typed them still may."""
        texts = texts_for(interaction, self._texts)
        may = self._was_let_in or interaction.permissions.manage_messages
        if interaction.guild_id is None or not may:
            await replies.reply(interaction, replies.no_permission(["manage_messages"], texts))
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        content, files = await self._learn(self._field.value, interaction.guild_id, interaction.user.id, texts)
        await interaction.followup.send(content, files=files, ephemeral=True, allowed_mentions=QUIET)

    async def on_error(self, interaction: Interaction, error: Exception, /) -> None:  # type: ignore[override]
        """Answer a fault."""
        await replies.report(interaction, error, self._texts)
