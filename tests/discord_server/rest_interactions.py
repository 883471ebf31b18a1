"""Routes of interaction responses and webhooks. The tokens in their paths stand for the authorisation."""

from __future__ import annotations

from . import messages, payloads
from .entities import Message
from .errors import Json, unknown
from .interactions import Interaction
from .rest import Call, Route
from .rest_messages import shown
from .webhooks import Webhook


def respond(call: Call) -> Json | None:
    receipt = call.server.interactions.respond(
        call.id("interaction"), call.params["token"], call.body, call.request.files
    )
    return receipt if call.number("with_response", 0) else None


def execute(call: Call) -> Json | None:
    """Post through a webhook, or follow up an interaction."""
    interaction = _interaction(call)
    if interaction is not None:
        return shown(call.server.interactions.follow_up(interaction, call.body, call.request.files))
    thread_id = call.number("thread_id", 0)
    thread = call.server.state.channel(thread_id) if thread_id else None
    message = _webhook(call).post(call.body, call.request.files, thread)
    return shown(message) if call.number("wait", 0) else None


def get_message(call: Call) -> Json:
    return shown(_message(call))


def edit_message(call: Call) -> Json:
    message = _message(call)
    messages.change(message, call.body, call.request.files)
    return shown(message)


def delete_message(call: Call) -> None:
    messages.discard(_message(call))
    call.server.notice_change()


def create_webhook(call: Call) -> Json:
    return payloads.webhook(call.channel("manage_webhooks").add_webhook(call.body["name"]))


def list_webhooks(call: Call) -> list[Json]:
    channel = call.channel("manage_webhooks")
    there = [each for each in call.server.state.webhooks.values() if each.channel is channel]
    return [payloads.webhook(each) for each in there]


def get_webhook(call: Call) -> Json:
    return payloads.webhook(_webhook(call))


def delete_webhook(call: Call) -> None:
    del call.server.state.webhooks[_webhook(call).id]


def _interaction(call: Call) -> Interaction | None:
    if call.id("webhook") != call.server.application_id:
        return None
    return call.server.interactions.by_token(call.params["token"])


def _webhook(call: Call) -> Webhook:
    return call.server.state.webhook(call.id("webhook"), call.params.get("token"))


def _message(call: Call) -> Message:
    """Return the message of the path if it is the interaction's or webhook's own."""
    interaction = _interaction(call)
    if interaction is not None:
        return call.server.interactions.message(interaction, call.params["key"])
    webhook = _webhook(call)
    channel = call.server.state.channel(call.number("thread_id", webhook.channel.id))
    message = channel.messages.get(int(call.params["key"]))
    if message is None or message.webhook_id != webhook.id:
        raise unknown("message")
    return message


_BY_TOKEN = "/webhooks/{webhook}/{token}"
_MESSAGE = _BY_TOKEN + "/messages/{key}"
ROUTES = [
    Route("POST", "/interactions/{interaction}/{token}/callback", respond, is_public=True),
    Route("POST", _BY_TOKEN, execute, is_public=True),
    Route("GET", _MESSAGE, get_message, is_public=True),
    Route("PATCH", _MESSAGE, edit_message, is_public=True),
    Route("DELETE", _MESSAGE, delete_message, is_public=True),
    Route("GET", _BY_TOKEN, get_webhook, is_public=True),
    Route("DELETE", _BY_TOKEN, delete_webhook, is_public=True),
    Route("GET", "/webhooks/{webhook}", get_webhook),
    Route("DELETE", "/webhooks/{webhook}", delete_webhook),
    Route("POST", "/channels/{channel}/webhooks", create_webhook),
    Route("GET", "/channels/{channel}/webhooks", list_webhooks),
]
