"""How an HTTP request says who is asking."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from braid.language.task_kind import TaskContext, TaskError

if TYPE_CHECKING:
    import aiohttp

_TOKEN_BYTES_MAX: Final = 1024 * 1024
_EARLY_SECONDS: Final = 30
"""A token is fetched anew so long before it ends."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any mapping inside `auth`."""


class Basic(Part, frozen=True, kw_only=True):
    user: Annotated[str, msgspec.Meta(description="The user's name.")]
    password: Annotated[str, msgspec.Meta(description="The password.")] = ""


class ApiKey(Part, frozen=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(description="Name of the header or of the query parameter.")] = "X-API-Key"
    value: Annotated[str, msgspec.Meta(description="The key.")]
    in_: Annotated[Literal["header", "query"], msgspec.Meta(description="Where it is sent.")] = msgspec.field(
        default="header", name="in"
    )


class OAuth2(Part, frozen=True, kw_only=True):
    """Client credentials (RFC 6749, section 4.4); the token is kept for the run and fetched anew on a 401."""

    token_url: Annotated[str, msgspec.Meta(description="Where tokens are given.")]
    client_id: Annotated[str, msgspec.Meta(description="The client.")]
    client_secret: Annotated[str, msgspec.Meta(description="Its secret.")]
    scope: Annotated[str | None, msgspec.Meta(description="What the token shall allow.")] = None
    send: Annotated[
        Literal["header", "body"], msgspec.Meta(description="How the client shows its secret; servers differ.")
    ] = "header"


class Auth(Part, frozen=True, kw_only=True):
    """Exactly one of them."""

    bearer: Annotated[str | None, msgspec.Meta(description="A token, sent as `Authorization: Bearer …`.")] = None
    basic: Annotated[Basic | None, msgspec.Meta(description="Name and password.")] = None
    api_key: Annotated[ApiKey | None, msgspec.Meta(description="A key in a header or in the query.")] = None
    oauth2: Annotated[OAuth2 | None, msgspec.Meta(description="A token from a token server.")] = None


METHODS: Final = ("bearer", "basic", "api_key", "oauth2")


class Credentials:
    """What is added to requests to the first host of a step."""

    def __init__(self, auth: Auth | None, tokens: TokenSource | None) -> None:
        if auth is not None and sum(getattr(auth, name) is not None for name in METHODS) != 1:
            raise TaskError(f"`auth` needs one of {', '.join(METHODS)}", type="arguments", retryable=False)
        self._auth = auth
        self._tokens = tokens

    async def headers(self) -> dict[str, str]:
        auth = self._auth
        if auth is None:
            return {}
        if auth.bearer is not None:
            return {"Authorization": f"Bearer {auth.bearer}"}
        if auth.basic is not None:
            return {"Authorization": _basic(auth.basic.user, auth.basic.password)}
        if auth.api_key is not None and auth.api_key.in_ == "header":
            return {auth.api_key.name: auth.api_key.value}
        if self._tokens is not None:
            return {"Authorization": f"Bearer {await self._tokens.token()}"}
        return {}

    def query(self) -> dict[str, str]:
        key = self._auth.api_key if self._auth else None
        return {key.name: key.value} if key is not None and key.in_ == "query" else {}

    def renew(self) -> bool:
        """Forget a token that was refused; false if there is none to renew."""
        if self._tokens is None:
            return False
        self._tokens.forget()
        return True


class TokenSource:
    """The OAuth 2 token of one client, for all steps of a run."""

    def __init__(self, oauth2: OAuth2, session: aiohttp.ClientSession) -> None:
        self._oauth2 = oauth2
        self._session = session
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._ends = 0.0

    async def token(self) -> str:
        """The token, fetched if there is none that still holds.

        Raises:
            TaskError: The server gave none.
        """
        async with self._lock:
            if self._token is None or asyncio.get_running_loop().time() > self._ends:
                await self._fetch()
            assert self._token is not None
            return self._token

    def forget(self) -> None:
        self._token = None

    async def close(self) -> None:
        """Nothing: the session has its own end."""

    async def _fetch(self) -> None:
        import aiohttp

        oauth2 = self._oauth2
        form = {"grant_type": "client_credentials"} | ({"scope": oauth2.scope} if oauth2.scope else {})
        headers = {"Accept": "application/json"}
        if oauth2.send == "header":
            headers["Authorization"] = _basic(oauth2.client_id, oauth2.client_secret)
        else:
            form |= {"client_id": oauth2.client_id, "client_secret": oauth2.client_secret}
        request = self._session.post(oauth2.token_url, data=form, headers=headers, allow_redirects=False)
        try:
            async with request as response:
                data = await response.content.read(_TOKEN_BYTES_MAX)
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            raise TaskError(f"no answer of the token server {oauth2.token_url}: {error}", type="connection") from error
        if response.status != 200:
            raise TaskError(
                f"the token server {response.url.host} answered {response.status} {response.reason}",
                type="http",
                details={"status": response.status, "body": data[:2000].decode("utf-8", "replace")},
                retryable=response.status >= 500 or response.status == 429,
            )
        try:
            answer = msgspec.json.decode(data)
            token, seconds = answer["access_token"], answer.get("expires_in")
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
            raise TaskError("the token server's answer has no `access_token`", type="http") from None
        self._token = str(token)
        seconds = seconds if isinstance(seconds, int | float) else 3600
        self._ends = asyncio.get_running_loop().time() + max(seconds - _EARLY_SECONDS, 1)


async def token_source(
    oauth2: OAuth2, context: TaskContext, session: Callable[[], Awaitable[aiohttp.ClientSession]]
) -> TokenSource:
    """The run's source of this client's tokens."""
    identity = hashlib.sha256(msgspec.json.encode(oauth2)).hexdigest()

    async def create() -> TokenSource:
        return TokenSource(oauth2, await session())

    source: TokenSource = await context.shared(f"http-oauth2-{identity}", create)
    return source


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
