"""What clients are told of the authorization server and of the endpoint (RFC 8414, RFC 9728)."""

from typing import Any

from models.vocabulary import ClientAuth
from services.identity.oauth import scope
from services.settings import ENDPOINT, Settings

RESOURCE_PATH = "/.well-known/oauth-protected-resource"
SERVER_PATH = "/.well-known/oauth-authorization-server"
OPENID_PATH = "/.well-known/openid-configuration"
AUTHORIZE, TOKEN, REGISTER, REVOKE = "/authorize", "/token", "/register", "/revoke"


def resource_url(settings: Settings) -> str:
    """Where the endpoint's own metadata is (RFC 9728, section 3.1)."""
    return settings.public_origin + RESOURCE_PATH + ENDPOINT


def of_server(settings: Settings) -> dict[str, Any]:
    """RFC 8414. The issuer is byte for byte the origin, without a slash."""
    issuer = settings.public_origin
    methods = [method.value for method in ClientAuth]
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + AUTHORIZE,
        "token_endpoint": issuer + TOKEN,
        "registration_endpoint": issuer + REGISTER,
        "revocation_endpoint": issuer + REVOKE,
        "scopes_supported": [*scope.SUPPORTED],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": True,
    }


def of_resource(settings: Settings) -> dict[str, Any]:
    """RFC 9728."""
    return {
        "resource": settings.endpoint,
        "authorization_servers": [settings.public_origin],
        "scopes_supported": [*scope.SUPPORTED],
        "bearer_methods_supported": ["header"],
        "resource_name": "Moonshot Clinic",
    }
