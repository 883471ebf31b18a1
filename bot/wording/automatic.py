"""What is said of acts that Jigi does by itself: what they would have done, and why they rest. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.domain.automatic import AGREEMENT_LASTS, CAPS, FEWEST_MESSAGES, PREVIEW, Automatic, Example, Preview
from bot.domain.guilds import GuildSettings
from bot.localisation.texts import Texts
from bot.wording.cases import duration, likelihood, moment, shown
from bot.wording.thresholds import number

_MOST_CHANNELS = 10  # named
FIELDS = {f"{kind}_from": kind for kind in Automatic}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a guild is asked to agree to. `words` are those of a reply, `is_model_new`: other acts rest and will be off.

    `resting` are the channels in which the threshold that flags is not below it.
    """

    kind: Automatic
    threshold: float
    minutes: int
    words: str
    resting: tuple[int, ...] = ()
    is_model_new: bool = False


def rests(name: str, effective: GuildSettings, texts: Texts) -> str:
    """Say why an act that is on does nothing now; "" if it does."""
    threshold = getattr(effective, name, None) if name in FIELDS else None
    if threshold is None:
        return ""
    if effective.is_shadow:
        return texts("automatic.rests_shadow")
    if effective.log_channel_id is None:
        return texts("automatic.rests_log")
    if effective.automatic_model is None:
        return texts("automatic.rests_model")
    return texts("automatic.rests_threshold") if threshold <= (effective.threshold or 0.0) else ""


def preview(
    proposal: Proposal, seen: Preview, guild_id: int, texts: Texts, quoted: Callable[[str], str] | None
) -> list[str]:
    """Show what would have been done; `quoted` sets a text down, None: nobody here is to read it."""
    what, threshold = texts(f"case_act.{proposal.kind}"), number(proposal.threshold)
    lines = [texts("automatic.preview", what=what, threshold=threshold), _about(proposal, texts)]
    common = {"n_days": PREVIEW.days, "n_messages": f"{seen.n_messages:,}"}
    if not seen.n_done:
        lines.append(texts("automatic.preview_none", **common))
    else:
        lines.append(texts("automatic.preview_would", n=f"{seen.n_done:,}", **common))
        lines.append(_channels(seen, texts))
        lines.append(_decided(seen, texts))
        lines += [line for each in seen.examples for line in _example(each, guild_id, texts, quoted)]
    cap = CAPS[proposal.kind]
    lines.append(texts("automatic.about_caps", of_author=cap.of_author, of_guild=cap.of_guild))
    if proposal.resting:
        channels = " ".join(f"<#{each}>" for each in proposal.resting[:_MOST_CHANNELS])
        lines.append(texts("automatic.resting", channels=channels))
    if proposal.is_model_new:
        lines.append(texts("automatic.about_model"))
    return lines


def how_to_confirm(texts: Texts) -> str:
    """Say what the button is for, and until when."""
    return texts("automatic.how_to_confirm", minutes=AGREEMENT_LASTS.seconds // 60)


def too_few(seen: Preview, texts: Texts) -> str:
    """Say that there is too little to agree by."""
    counted = {"n": f"{seen.n_messages:,}", "n_days": PREVIEW.days, "least": FEWEST_MESSAGES}
    return texts("automatic.too_few", **counted)


def _about(proposal: Proposal, texts: Texts) -> str:
    match proposal.kind:
        case Automatic.REPLY:
            return texts("automatic.about_reply", words=proposal.words)
        case Automatic.TIMEOUT:
            return texts("automatic.about_timeout", duration=duration(proposal.minutes, texts))
        case Automatic.DELETE:
            return texts("automatic.about_delete")


def _channels(seen: Preview, texts: Texts) -> str:
    most = sorted(seen.by_channel.items(), key=lambda each: (-each[1], each[0]))
    named = [texts("automatic.preview_channel", channel_id=channel_id, n=n) for channel_id, n in most[:_MOST_CHANNELS]]
    more = [texts("settings.more", n=len(most) - _MOST_CHANNELS)] if len(most) > _MOST_CHANNELS else []
    authors = [texts("automatic.preview_authors", n=seen.n_authors)] if seen.n_authors else []  # unknown: forgotten
    return " · ".join([*named, *more, *authors])


def _decided(seen: Preview, texts: Texts) -> str:
    n_decided = seen.n_right + seen.n_false_alarms
    if not n_decided:
        return texts("automatic.preview_undecided")
    return texts("automatic.preview_decided", n=n_decided, n_false=seen.n_false_alarms)


def _example(example: Example, guild_id: int, texts: Texts, quoted: Callable[[str], str] | None) -> Iterator[str]:
    said = {True: "automatic.said_right", False: "automatic.said_false_alarm", None: "automatic.said_nothing"}
    yield texts(
        "automatic.preview_example",
        when=moment(example.created_at),
        percent=likelihood(example.negative_probability, texts),
        said=texts(said[example.is_right]),
        url=f"https://discord.com/channels/{guild_id}/{example.channel_id}/{example.message_id}",
    )
    if quoted is not None and example.text:
        yield f"> {shown(example.text, texts, quoted)}"
