"""Whether an id_token may be believed (OpenID Connect Core 1.0, 3.1.3.7). Says no by raising OAuth2Error."""

import secrets

import jwt
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error

ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "ES256", "ES384"}  # never none, never a shared secret
LONGEST_SUBJECT = 190
NEEDED = {"iss", "sub", "aud", "exp", "iat"}


def believed(id_token, *, client_id, config, nonce):
    """The claims of a token signed by the provider for us and for this very sign-in."""
    try:
        if jwt.get_unverified_header(id_token).get("alg") not in ALGORITHMS:
            raise OAuth2Error("the id_token is not signed by an algorithm we take")
        claims = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=config["jwks_uri"],
            issuer=config["issuer"],
            audience=client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
    except (jwt.PyJWTError, AttributeError, KeyError, TypeError, ValueError) as problem:
        raise OAuth2Error("the id_token cannot be read") from problem
    if not claims.keys() >= NEEDED:
        raise OAuth2Error("the id_token lacks a claim")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
        raise OAuth2Error("the subject is none that can be kept")
    if claims.get("azp", client_id) != client_id or (isinstance(claims["aud"], list) and len(claims["aud"]) > 1):
        raise OAuth2Error("the id_token is for somebody else too")
    if not nonce or not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise OAuth2Error("the id_token is not for this sign-in")
    return claims
