"""Authlib's authorization server over what was read for one request: it judges, and stores nothing.

Everything that it asks for lies there already, and what it would store is left in `issued`.
"""
# pyright: reportIncompatibleMethodOverride=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportArgumentType=false, reportUnknownParameterType=false
# pyright: reportIncompatibleVariableOverride=false, reportMissingTypeArgument=false
# Authlib's types name its own models and frameworks' requests; only this file touches them.

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, InvalidRequestError, OAuth2Payload
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge

from models.vocabulary import ClientAuth
from services.identity.oauth import scope
from services.identity.oauth.client import Client

_METHODS: Final = [ClientAuth.BASIC.value, ClientAuth.POST.value, ClientAuth.NONE.value]
_SOMEONE: Final = "who said yes"
"""Who that is, only the database knows."""

Pairs = Sequence[tuple[str, str]]


class InvalidTarget(OAuth2Error):
    """A token is asked for another resource than ours (RFC 8707, section 2)."""

    error = "invalid_target"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, its body JSON."""

    status: int
    body: dict[str, Any] | str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Code(AuthorizationCodeMixin):
    """What a code stands for."""

    redirect_uri: str | None
    """As the client named it when it asked, if it did."""
    code_challenge: str
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str | None:
        """What the client has to name again."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Told by the database once it is redeemed."""
        return scope.ALL


@dataclass(frozen=True, slots=True)
class Refreshable:
    """What a refresh token stands for."""

    read_only: bool

    def check_client(self, client: Client) -> bool:
        """It was found by the client's own id."""
        del client
        return True

    def get_scope(self) -> str:
        """What was granted."""
        return scope.of_grant(read_only=self.read_only)


@dataclass(frozen=True, slots=True)
class Known:
    """What was read for one request; a part that is None is not there."""

    client: Client | None = None
    code: Code | None = None
    refreshable: Refreshable | None = None


class _Payload(OAuth2Payload):
    def __init__(self, pairs: Pairs) -> None:
        self._data = dict(pairs)
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._lists


class Asked(OAuth2Request):
    """A request as Authlib wants it: parameters of the address or of a form, and who says so."""

    def __init__(self, method: str, pairs: Pairs, headers: Mapping[str, str]) -> None:
        # Whether plain http will do, the settings say.
        super().__init__(method, "https://here", headers=_credentials(headers))
        self.payload = self.asked = _Payload(pairs)

    @property
    def args(self) -> dict[str, str]:
        """Parameters of the address."""
        return self.asked.data

    @property
    def form(self) -> dict[str, str]:
        """Parameters of the form."""
        return self.asked.data


def _credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """Of the headers the one that Authlib looks at, unless it could not be read."""
    named = {"Authorization": headers.get("authorization", "")}
    try:
        extract_basic_authorization(named)
    except ValueError:
        return {}
    return named if named["Authorization"] else {}


class Judge(AuthorizationServer):
    """For one request."""

    def __init__(self, known: Known, resource: str) -> None:
        super().__init__(scopes_supported=None)
        self.known = known
        self.resource = resource
        self.issued = False
        """Whether tokens may be issued: only then does the database make some."""
        self.register_token_generator("default", _unissued)
        self.register_grant(_CodeGrant, [_Challenge(required=True), _require_resource])
        self.register_grant(_RefreshGrant)
        self.register_endpoint(_Revocation)

    def query_client(self, client_id: str) -> Client | None:
        """The client that the request names."""
        found = self.known.client
        return found if found is not None and found.client_id == client_id else None

    def consented(self, asked: Asked) -> str:
        """The scope that a person is asked for. Raises OAuth2Error."""
        return str(self.get_consent_grant(asked, end_user=None).request.scope)

    def require_token_request(self, asked: Asked) -> None:
        """It is one, and who asks has proven to be the client. Raises OAuth2Error."""
        require_each_once(asked)
        require_resource(asked, self.resource)
        self.get_token_grant(asked)
        self.require_client(asked)

    def require_client(self, asked: Asked) -> None:
        """Who asks has proven to be the client. Raises InvalidClientError."""
        self.authenticate_client(asked, _METHODS)

    def token_answer(self, asked: Asked) -> Answer:
        """What the token endpoint answers; tokens are put into it later."""
        return cast("Answer", self.create_token_response(asked))

    def revocation_answer(self, asked: Asked) -> Answer:
        """What the revocation endpoint answers, before anything is revoked."""
        require_each_once(asked)
        return cast("Answer", self.create_endpoint_response("revocation", asked))

    def refusal(self, asked: Asked, error: OAuth2Error) -> Answer:
        """An error as an answer; a client that is not known registers again on 401."""
        answer = cast("Answer", self.handle_error_response(asked, error))
        if error.error != "invalid_client":
            return answer
        headers = {**answer.headers, "WWW-Authenticate": 'Basic realm="Moonshot Clinic"'}
        return replace(answer, status=401, headers=headers)

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Tokens may be issued."""
        del token, request
        self.issued = True

    def create_oauth2_request(self, request: Asked) -> Asked:
        """It is one already."""
        return request

    def handle_response(self, status: int, body: Any, headers: Sequence[tuple[str, str]]) -> Answer:
        """As plain values."""
        return Answer(status, body, dict(headers))

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


def require_each_once(asked: Asked) -> None:
    """No parameter comes twice (RFC 6749, sections 3.1 and 3.2). Raises InvalidRequestError."""
    if any(len(values) > 1 for name, values in asked.asked.datalist.items() if name != "resource"):
        raise InvalidRequestError("A parameter came twice.")


def require_resource(asked: Asked, resource: str) -> None:
    """It is asked for this endpoint, or for none in particular. Raises InvalidTarget."""
    wanted = asked.asked.datalist.get("resource", [])
    if any(one.rstrip("/") != resource for one in wanted):
        raise InvalidTarget("This server gives access to its own MCP endpoint alone.")


def _require_resource(grant: AuthorizationCodeGrant) -> None:
    def look(grant: AuthorizationCodeGrant, redirect_uri: str) -> None:
        del redirect_uri
        require_resource(cast("Asked", grant.request), cast("Judge", grant.server).resource)

    grant.register_hook("after_validate_authorization_request_payload", look)


def _unissued(**_: Any) -> dict[str, Any]:
    return {"token_type": "Bearer", "access_token": "", "refresh_token": ""}


class _Challenge(CodeChallenge):
    """PKCE by S256, of every client (RFC 9700, section 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD: Final = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """There is one, and it is a digest."""
        asked = grant.request.payload.data
        if asked.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge_method must be S256.")
        if len(asked.get("code_challenge") or "") != 43:  # noqa: PLR2004 -- SHA-256 as base64url
            raise InvalidRequestError("code_challenge must be 43 characters.")
        super().validate_code_challenge(grant, redirect_uri)


class _CodeGrant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        del code, client
        return cast("Judge", self.server).known.code

    def authenticate_user(self, authorization_code: Code) -> str:
        del authorization_code
        return _SOMEONE

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """The database does it, when it makes the tokens."""


class _RefreshGrant(RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = _METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Refreshable | None:
        del refresh_token
        return cast("Judge", self.server).known.refreshable

    def _validate_token_scope(self, token: Refreshable) -> None:
        """Words that are not known are passed over, as when it asked; the answer says what is."""

    def authenticate_user(self, refresh_token: Refreshable) -> str:
        del refresh_token
        return _SOMEONE

    def revoke_old_credential(self, refresh_token: Refreshable) -> None:
        """The database does it, when it makes the new one."""


class _Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = _METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> None:
        """The database looks for it, and ends it in the same step."""
