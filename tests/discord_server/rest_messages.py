"""Routes of messages, reactions, pins, typing and threads."""

from __future__ import annotations

from . import messages, payloads, reactions, threads
from .entities import Message
from .errors import DiscordError, Json, invalid_form
from .events import Event
from .histories import History
from .rest import Call, Route


def shown(message: Message) -> Json:
    """Return a message as the bot may read it over REST."""
    reads_content = message.channel.server.privileged_intents.message_content
    return payloads.message(message, reads_content=reads_content)


def create_message(call: Call) -> Json:
    return shown(messages.send(call.server.bot_user, call.channel(), call.body, call.request.files))


def list_messages(call: Call) -> list[Json]:
    channel = call.channel()
    limit = call.number("limit", 50)
    if not 1 <= limit <= 100:
        raise invalid_form({"limit": ("NUMBER_TYPE_MAX", "int value should be between 1 and 100.")})
    if not call.server.can(channel, "read_message_history"):
        return []
    return [shown(message) for message in _page(channel.messages, call, limit)]


def _page(history: History, call: Call, limit: int) -> list[Message]:
    """Return the page that `before`, `after` or `around` asks for, newest first."""
    if "around" in call.request.query:
        middle = call.number("around", 0)
        older = history.before(middle, limit // 2)
        return [*older, *history.after(middle - 1, limit - len(older))][::-1]
    if "after" in call.request.query:
        return history.after(call.number("after", 0), limit)[::-1]
    return history.before(call.number("before", 1 << 63), limit)[::-1]


def get_message(call: Call) -> Json:
    return shown(call.message("read_message_history"))


def edit_message(call: Call) -> Json:
    message = call.message()
    messages.edit(call.server.bot_user, message, call.body, call.request.files)
    return shown(message)


def delete_message(call: Call) -> None:
    messages.delete(call.server.bot_user, [call.message()])


def bulk_delete(call: Call) -> None:
    channel = call.channel("manage_messages")
    ids = {int(each) for each in call.body["messages"]}
    if not 2 <= len(ids) <= 100:
        fault = ("BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.")
        raise invalid_form({"messages": fault})
    doomed = [channel.messages[each] for each in sorted(ids) if each in channel.messages]
    if doomed:
        messages.delete(call.server.bot_user, doomed)


def add_reaction(call: Call) -> None:
    reactions.add(call.server.bot_user, call.message(), call.params["emoji"])


def remove_own_reaction(call: Call) -> None:
    bot = call.server.bot_user
    reactions.remove(bot, call.message(), call.params["emoji"], bot)


def remove_reaction(call: Call) -> None:
    owner = call.server.state.user(call.id("user"))
    reactions.remove(call.server.bot_user, call.message(), call.params["emoji"], owner)


def clear_reactions(call: Call) -> None:
    reactions.clear(call.server.bot_user, call.message(), call.params.get("emoji"))


def list_reactions(call: Call) -> list[Json]:
    message = call.message("read_message_history")
    emoji = reactions.parse_emoji(message, call.params["emoji"])
    reaction = message.reaction(emoji)
    users = sorted(reaction.users, key=lambda user: user.id) if reaction else []
    after = [user for user in users if user.id > call.number("after", 0)]
    return [payloads.user(user) for user in after[: call.number("limit", 25)]]


def pin(call: Call) -> None:
    messages.pin(call.server.bot_user, call.message(), is_pinned=True)


def unpin(call: Call) -> None:
    messages.pin(call.server.bot_user, call.message(), is_pinned=False)


def list_pins(call: Call) -> Json:
    pinned = [
        {"pinned_at": message.pinned_at.isoformat(), "message": shown(message)}
        for message in call.channel("read_message_history").pins
        if message.pinned_at is not None
    ]
    return {"items": pinned[: call.number("limit", 50)], "has_more": False}


def start_typing(call: Call) -> None:
    channel = call.channel("send_messages")
    payload = payloads.typing(channel, call.server.bot_user)
    call.server.gateway.dispatch(Event("TYPING_START", payload, channel.guild, channel))


def start_thread_from_message(call: Call) -> Json:
    return payloads.channel(threads.start(call.server.bot_user, call.channel(), call.body, call.message()))


def start_thread(call: Call) -> Json:
    """Open a thread without a message; in a forum the first message comes in the body."""
    first = call.body.get("message")
    bot = call.server.bot_user
    thread = threads.start(bot, call.channel(), call.body, None, first, call.request.files)
    return payloads.channel(thread) | ({"message": shown(thread.history[0])} if first else {})


def join_thread(call: Call) -> None:
    thread = call.channel()
    if call.server.bot_user not in thread.thread_members:
        thread.thread_members.append(call.server.bot_user)


def leave_thread(call: Call) -> None:
    thread = call.channel()
    thread.thread_members = [user for user in thread.thread_members if user is not call.server.bot_user]


def get_thread_member(call: Call) -> Json:
    thread, user_id = call.channel(), call.id("user")
    if all(user.id != user_id for user in thread.thread_members):
        raise DiscordError(404, 10007, "Unknown Member")
    return {"id": str(thread.id), "user_id": str(user_id), "join_timestamp": "2026-01-01T00:00:00+00:00", "flags": 0}


def list_archived_threads(call: Call) -> Json:
    parent = call.channel("read_message_history")
    of_parent = [each for each in call.server.state.channels.values() if each.parent is parent]
    archived = [payloads.channel(each) for each in of_parent if each.is_thread and each.is_archived]
    return {"threads": archived, "members": [], "has_more": False}


_MESSAGES = "/channels/{channel}/messages"
_REACTIONS = _MESSAGES + "/{message}/reactions"
ROUTES = [
    Route("POST", _MESSAGES, create_message),
    Route("GET", _MESSAGES, list_messages),
    Route("POST", _MESSAGES + "/bulk-delete", bulk_delete),
    Route("GET", _MESSAGES + "/pins", list_pins),
    Route("PUT", _MESSAGES + "/pins/{message}", pin),
    Route("DELETE", _MESSAGES + "/pins/{message}", unpin),
    Route("GET", _MESSAGES + "/{message}", get_message),
    Route("PATCH", _MESSAGES + "/{message}", edit_message),
    Route("DELETE", _MESSAGES + "/{message}", delete_message),
    Route("PUT", _REACTIONS + "/{emoji}/@me", add_reaction),
    Route("DELETE", _REACTIONS + "/{emoji}/@me", remove_own_reaction),
    Route("DELETE", _REACTIONS + "/{emoji}/{user}", remove_reaction),
    Route("GET", _REACTIONS + "/{emoji}", list_reactions),
    Route("DELETE", _REACTIONS + "/{emoji}", clear_reactions),
    Route("DELETE", _REACTIONS, clear_reactions),
    Route("POST", "/channels/{channel}/typing", start_typing),
    Route("POST", _MESSAGES + "/{message}/threads", start_thread_from_message),
    Route("POST", "/channels/{channel}/threads", start_thread),
    Route("GET", "/channels/{channel}/threads/archived/public", list_archived_threads),
    Route("PUT", "/channels/{channel}/thread-members/@me", join_thread),
    Route("DELETE", "/channels/{channel}/thread-members/@me", leave_thread),
    Route("GET", "/channels/{channel}/thread-members/{user}", get_thread_member),
]
