"""How the bot responds to interactions: the first response, follow-ups, and the messages they leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import messages, payloads
from .entities import EPHEMERAL, LOADING, Message, Upload
from .errors import DiscordError, Json, invalid_form, unknown
from .events import Event
from .interactions import (
    AUTOCOMPLETE,
    CHOICES,
    COMMAND,
    COMPONENT,
    DEFER,
    DEFER_UPDATE,
    MESSAGE,
    MODAL,
    MODAL_SUBMIT,
    UPDATE,
    Interaction,
)
from .limits import check_choices, check_modal

if TYPE_CHECKING:
    from .guilds import Channel
    from .members import Member
    from .server import DiscordServer

_ALLOWED = {
    COMMAND: {MESSAGE, DEFER, MODAL},
    COMPONENT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL_SUBMIT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE},
}


class Interactions:
    """The interactions of a server.

    `deadline` is how many seconds the bot has for its first response, `lifetime` how many for the rest.
    """

    def __init__(self, server: DiscordServer) -> None:
        self._server = server
        self._by_id: dict[int, Interaction] = {}
        self.deadline = 3.0
        self.lifetime = 15 * 60.0

    def start(
        self,
        member: Member,
        channel: Channel,
        kind: int,
        data: Json,
        locale: str,
        message: Message | None = None,
    ) -> Interaction:
        """Send an interaction to the bot."""
        server = self._server
        key = server.snowflakes.make()
        interaction = Interaction(server, key, kind, member, channel, data, locale, message)
        self._by_id[interaction.id] = interaction
        server.gateway.dispatch(Event("INTERACTION_CREATE", interaction.to_json(), channel.guild))
        return interaction

    def respond(self, interaction_id: int, token: str, body: Json, uploads: Sequence[Upload]) -> Json:
        """Take the bot's first response. Raises: DiscordError 10062, 40060, 50035."""
        interaction = self._by_id.get(interaction_id)
        if interaction is None or interaction.token != token or interaction.age > self.deadline:
            raise unknown("interaction")
        if interaction.response is not None:
            raise DiscordError(400, 40060, "Interaction has already been acknowledged.")
        response, data = body["type"], body.get("data") or {}
        is_update_of_nothing = response in (DEFER_UPDATE, UPDATE) and interaction.message is None
        if response not in _ALLOWED[interaction.kind] or is_update_of_nothing:
            fault = ("INTERACTION_CALLBACK_TYPE_INVALID", "Invalid type for this interaction")
            raise invalid_form({"type": fault})
        self._apply(interaction, response, data, uploads)
        interaction.response = response
        self._server.notice_change()
        return _receipt(interaction)

    def follow_up(self, interaction: Interaction, body: Json, uploads: Sequence[Upload]) -> Message:
        """Take a further message; after a deferral the first one fills in the original."""
        if interaction.response is None:
            raise unknown("webhook")
        if interaction.original is not None and interaction.original.is_loading:
            messages.change(interaction.original, body, uploads)
            return interaction.original
        message = self._post(interaction, body, uploads, messages.DEFAULT, interaction.original)
        interaction.followups.append(message)
        self._server.notice_change()
        return message

    def by_token(self, token: str) -> Interaction | None:
        """Return the interaction of a token, None if the token is none. Raises: DiscordError 50027."""
        for interaction in self._by_id.values():
            if interaction.token == token:
                if interaction.age > self.lifetime:
                    raise DiscordError(401, 50027, "Invalid Webhook Token")
                return interaction
        return None

    def message(self, interaction: Interaction, key: str) -> Message:
        """Return a message of the answer by its id or "@original". Raises: DiscordError 10008."""
        own = [*([interaction.original] if interaction.original else []), *interaction.followups]
        if key == "@original":
            own = own[:1] if interaction.original else []
        wanted = [message for message in own if key in ("@original", str(message.id))]
        if not wanted or wanted[0].is_deleted:
            raise unknown("message")
        return wanted[0]

    def _apply(self, interaction: Interaction, response: int, data: Json, uploads: Sequence[Upload]) -> None:
        is_command = interaction.kind == COMMAND
        kind = messages.COMMAND if is_command else messages.DEFAULT
        if response == MESSAGE:
            interaction.original = self._post(interaction, data, uploads, kind, interaction.message)
        elif response == DEFER:
            held = {"flags": LOADING | ((data.get("flags") or 0) & EPHEMERAL)}
            interaction.original = self._post(interaction, held, (), kind, interaction.message)
        elif response == CHOICES:
            check_choices(data.get("choices") or [])
            interaction.choices = data.get("choices") or []
        elif response == MODAL:
            check_modal(data)
            interaction.modal = data
        else:
            interaction.original = interaction.message
            if response == UPDATE and interaction.message is not None:
                messages.change(interaction.message, data, uploads)

    def _post(
        self,
        interaction: Interaction,
        body: Json,
        uploads: Sequence[Upload],
        kind: int,
        reference: Message | None,
    ) -> Message:
        return messages.post(
            self._server.bot_user,
            interaction.channel,
            body,
            uploads,
            kind=kind,
            reference=reference,
            webhook_id=self._server.application_id,
            interaction=interaction.metadata,
            invoker=interaction.member.user,
        )


def _receipt(interaction: Interaction) -> Json:
    """Return the body that acknowledges a first response."""
    original = interaction.original
    receipt: Json = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "response_message_loading": original is not None and original.is_loading,
        "response_message_ephemeral": original is not None and original.is_ephemeral,
    }
    if original is None:
        return {"interaction": receipt}
    receipt["response_message_id"] = str(original.id)
    if interaction.response not in (MESSAGE, UPDATE):
        return {"interaction": receipt}
    resource = {"type": interaction.response, "message": payloads.message(original)}
    return {"interaction": receipt, "resource": resource}
