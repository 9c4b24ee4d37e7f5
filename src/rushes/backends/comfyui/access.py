"""How a ComfyUI server is reached: its address, and the token of a proxy before it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from rushes.backends.address import base_of, origin_of, parsed_or_none
from rushes.backends.comfyui.refusal import refusal
from rushes.backends.key import KeyAuth, Secret, in_use
from rushes.contract.errors import NoBackend
from rushes.io.place import Place, place_of

if TYPE_CHECKING:
    from rushes.backends.reply import Redact
    from rushes.backends.wire import Response, Wire
    from rushes.contract.errors import RushesError


@dataclass(frozen=True)
class Server:
    """A server that can be asked.

    Attributes:
        wire: makes the calls.
        url: base of the server.
        redact: removes the token from a text.
    """

    wire: Wire
    url: str
    redact: Redact

    async def ask(self, method: str, path: str, **options: Any) -> Response:
        """Call a route; the options are those of `Wire.ask`.

        Raises:
            RushesError: when there is no reply.
        """
        return await self.wire.ask(method, f"{self.url}/{path}", **options)

    def require(self, response: Response) -> None:
        """Make sure that a call succeeded.

        Raises:
            RushesError: what the error reply means.
        """
        if not response.is_success:
            raise self.refusal(response)

    def refusal(self, response: Response) -> RushesError:
        """What an error reply means."""
        return refusal(response, self.redact)


def server_address(url: str, name: str, *, has_token: bool) -> str:
    """The address of a server, if requests may be sent there.

    Without a token, http is allowed in a private network, too: ComfyUI itself speaks nothing else.

    Args:
        url: as it was set.
        name: of the variable, for the error.
        has_token: whether a token is sent along.

    Raises:
        NoBackend: when it is anything else.
    """
    parsed = parsed_or_none(url)
    is_private = parsed is not None and place_of(parsed.host) not in (Place.WEB, Place.LINK)
    if parsed is None:
        msg = f"{name} is not a URL; it has to be like http://127.0.0.1:8188."
        raise NoBackend(msg)
    if is_private and not has_token and not (parsed.userinfo or parsed.query or parsed.fragment):
        return url.strip().rstrip("/")
    return base_of(url, name)


def auth_of(token: Secret, url: str) -> KeyAuth:
    """What a proxy is shown: ``user:password`` as Basic, anything else as Bearer.

    Args:
        token: as it was set.
        url: base of the server, the only place that it may be sent to.
    """
    if ":" not in token.reveal():
        return KeyAuth(token, origins=[url])
    in_use(token)
    encoded = Secret(base64.b64encode(token.reveal().encode()).decode())
    return KeyAuth(encoded, scheme="Basic", origins=[url])


class KeyedTransport(httpx.AsyncBaseTransport):
    """Downloads from the server with its token, which a download does not carry itself.

    Args:
        client: sends the requests.
        auth: adds the token, and refuses to do so for another origin.
        url: base of the server; requests to other origins are sent without a token.
    """

    def __init__(self, client: httpx.AsyncClient, auth: httpx.Auth, url: str) -> None:
        self._client = client
        self._auth = auth
        self._origin = origin_of(httpx.URL(url))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on."""
        own = origin_of(request.url) == self._origin
        onward = httpx.Request(
            request.method,
            request.url,
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await self._client.send(
            onward, auth=self._auth if own else httpx.Auth(), stream=True, follow_redirects=False
        )
