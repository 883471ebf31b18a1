"""The REST API: from an HTTP request to a route's handler and back, with authorisation, faults and errors."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from time import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aiohttp import web

from .entities import Message, Upload
from .errors import DiscordError, Json
from .faults import Fault
from .permissions import require
from .rates import refusal

if TYPE_CHECKING:
    from .guilds import Channel, Guild
    from .server import DiscordServer

API = "/api/v10"
MAX_REQUEST_BYTES = 64 * 1024 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the server logged it; `json` is the body, of a multipart one its payload_json."""

    method: str
    path: str
    json: Any
    query: Mapping[str, str]
    files: tuple[Upload, ...]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """A request on its way to a handler."""

    server: DiscordServer
    request: Request
    params: Mapping[str, str]

    @property
    def body(self) -> Json:
        return self.request.json or {}

    def id(self, name: str) -> int:
        """Return an id from the path."""
        return int(self.params[name])

    def number(self, name: str, default: int) -> int:
        """Return a number from the query."""
        return int(self.request.query.get(name, default))

    def channel(self, *permissions: str) -> Channel:
        """Return the channel of the path, in which the bot must have these permissions."""
        channel = self.server.state.channel(self.id("channel"))
        require(self.server.bot_user, channel, *permissions)
        return channel

    def message(self, *permissions: str) -> Message:
        """Return the message of the path, in whose channel the bot must have these permissions."""
        return self.server.state.message(self.channel(*permissions), self.id("message"))

    def guild(self) -> Guild:
        """Return the guild of the path, in which the bot must be."""
        return self.server.state.guild(self.id("guild"))


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path with its handler, which returns the JSON of the answer, or None for 204.

    A public route needs no bot token: it carries its own token in the path.
    """

    method: str
    path: str
    handler: Callable[[Call], Any]
    is_public: bool = False

    @property
    def pattern(self) -> str:
        """Return the path for aiohttp: placeholders are ids, except for tokens, emoji and @names."""
        ids_only = re.sub(r"{(?!token|emoji|key)(\w+)}", r"{\1:[0-9]+}", self.path)
        return API + ids_only


def build_app(server: DiscordServer, routes: list[Route]) -> web.Application:
    """Return the web application: the API, the gateway at "/", and the attachments."""
    app = web.Application(client_max_size=MAX_REQUEST_BYTES)
    app.on_response_prepare.append(_tell_time(server))
    app.router.add_get("/", server.gateway.accept)
    app.router.add_get("/attachments/{channel}/{file}/{filename}", _serve_file(server))
    for route in routes:
        app.router.add_route(route.method, route.pattern, _serve(server, route))
    app.router.add_route("*", API + "/{rest:.*}", _serve(server, Route("*", "/{rest}", _no_such_route, True)))
    return app


def _tell_time(server: DiscordServer) -> Callable[[web.Request, web.StreamResponse], Any]:
    async def tell(raw: web.Request, answer: web.StreamResponse) -> None:
        answer.headers["Date"] = formatdate(time() + server.seconds_ahead, usegmt=True)

    return tell


def _serve(server: DiscordServer, route: Route) -> Callable[[web.Request], Any]:
    async def answer(raw: web.Request) -> web.StreamResponse:
        request = await _read(raw)
        server.requests.append(request)
        fault = server.faults.take(request.method, request.path)
        await server.faults.hold(fault)
        try:
            if fault is None or not fault.replaces_answer:
                return _answer(server, route, raw, request)
            if fault.after_effect:
                _answer(server, route, raw, request)
            return await _fail(raw, fault)
        finally:
            server.notice_change()

    return answer


def _answer(server: DiscordServer, route: Route, raw: web.Request, request: Request) -> web.Response:
    """Do what a request asks and return its answer, unless Discord's rate limits stand against it."""
    bucket = server.rate_limits.take(route.method, route.path, raw.match_info)
    if bucket is not None and bucket.left < 0:
        return _response(429, *refusal(bucket))
    headers = _bucket(route) if bucket is None else bucket.headers
    try:
        if not route.is_public and raw.headers.get("Authorization") != f"Bot {server.token}":
            raise DiscordError(401, 0, "401: Unauthorized")
        return _response(200, route.handler(Call(server, request, raw.match_info)), headers)
    except DiscordError as error:
        return _response(error.status, error.to_json(), headers)


async def _fail(raw: web.Request, fault: Fault) -> web.StreamResponse:
    """Answer as a fault says: with its status, or with a connection that breaks."""
    if fault.breaks is None:
        return _fault_response(fault)
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "4096"})
    if fault.breaks == "within":
        await response.prepare(raw)
        await response.write(b'{"id": "')
    if raw.transport is not None:
        raw.transport.close()
    return response


def _serve_file(server: DiscordServer) -> Callable[[web.Request], Any]:
    async def answer(raw: web.Request) -> web.Response:
        attachment = server.state.files.get(int(raw.match_info["file"]))
        if attachment is None:
            return web.Response(status=404)
        return web.Response(body=attachment.data, headers={"Content-Type": attachment.content_type})

    return answer


async def _read(raw: web.Request) -> Request:
    body: Any = None
    files: dict[str, Upload] = {}
    if raw.content_type == "multipart/form-data":
        for name, value in (await raw.post()).items():
            if isinstance(value, web.FileField):
                files[name] = Upload(value.filename, value.file.read())
            elif name == "payload_json":
                body = json.loads(str(value))
    elif raw.can_read_body:
        body = await raw.json()
    reason = raw.headers.get("X-Audit-Log-Reason")
    return Request(
        method=raw.method,
        path=raw.path.removeprefix(API),
        json=body,
        query=dict(raw.query),
        files=tuple(files[name] for name in sorted(files)),
        reason=None if reason is None else unquote(reason),
    )


def _response(status: int, body: Any, headers: Mapping[str, str]) -> web.Response:
    if body is None:
        return web.Response(status=204, headers=headers)
    # discord.py decodes only what is exactly application/json, without a charset.
    text = json.dumps(body).encode()
    return web.Response(status=status, body=text, content_type="application/json", headers=headers)


def _fault_response(fault: Fault) -> web.Response:
    status = fault.status or 500
    if isinstance(fault.body, str):
        return web.Response(status=status, text=fault.body, content_type="text/html", headers=fault.headers)
    return _response(status, fault.body, fault.headers)


def _bucket(route: Route) -> dict[str, str]:
    """Return rate-limit headers that let the client send a route's requests side by side, as Discord's do."""
    return {
        "X-RateLimit-Bucket": f"{route.method}{route.path}",
        "X-RateLimit-Limit": "50",
        "X-RateLimit-Remaining": "49",
        "X-RateLimit-Reset-After": "0.05",
    }


def _no_such_route(call: Call) -> None:
    _log.warning("The Discord server of the tests has no route %s %s", call.request.method, call.request.path)
    raise DiscordError(404, 0, "404: Not Found")
