"""OpenID Connect: allauth's flow with code, state and PKCE, and with what it leaves to its user.

Here the ID token is always checked whole (signature, issuer, audience, times, nonce), discovery and keys are kept for
an hour, and the provider's answers are read for nothing but who the person is.
"""

from hashlib import sha256
from secrets import token_urlsafe
from urllib.parse import urlsplit

import jwt
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from requests import RequestException

from accounts import calling_out
from accounts.mails import on_site
from requests_app.company.claims import Claims, address_of, name_of, uid_of
from requests_app.company.login import CompanyLogin
from requests_app.sign_ins import issuer_in

KEPT = 3600  # seconds that discovery and keys are kept
KEYS_ASKED_AGAIN = 60  # seconds before a key that is not among them makes us ask again
LEEWAY = 60  # seconds that two clocks may differ
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
TRUE = (True, 1, "true", "True", "1")


class CompanyOpenIDAdapter(OpenIDConnectOAuth2Adapter):
    @property
    def openid_config(self):
        """Return the provider's own description; raise OAuth2Error if it is not of the issuer that staff entered."""
        if not hasattr(self, "_openid_config"):
            provider = self.get_provider()
            self._openid_config = _fetched(provider.server_url)
            _check(self._openid_config, provider.app.settings["server_url"])
        return self._openid_config

    def get_access_token_data(self, request, app, client, pkce_code_verifier=None):
        """Ask for the token, unless this provider was asked too often: each time somebody of ours waits for it."""
        if not ratelimit.consume(
            request, app="allauth.account", action="company_provider", key=app.provider_id, limit_get=True
        ):
            raise RequestException("asked too often")
        return super().get_access_token_data(request, app, client, pkce_code_verifier)

    def complete_login(self, request, app, token, **kwargs):
        """Return the CompanyLogin of the token's answer; raise OAuth2Error if it does not prove who it is."""
        id_token = kwargs["response"].get("id_token")
        if not id_token:
            raise OAuth2Error("no ID token")
        said = self._decode_id_token(app, id_token)
        proved = said
        if not ("email" in said and {"email_verified", "xms_edov"} & set(said)):
            more = self._fetch_user_info(token.token)
            if more.get("sub") != said["sub"]:
                raise OAuth2Error("user info of somebody else")
            said = more
        return CompanyLogin(self.get_provider(), _claims(said, proved))

    def _decode_id_token(self, app, id_token):
        try:
            key = self._key(jwt.get_unverified_header(id_token).get("kid"))
            said = jwt.decode(
                id_token,
                key=key,
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"ID token: {type(error).__name__}") from error
        several = isinstance(said["aud"], list) and len(said["aud"]) > 1
        if said.get("azp", None if several else app.client_id) != app.client_id:
            raise OAuth2Error("ID token of another client")
        return said

    def _key(self, kid):
        """Return the key that the token names, of those that the provider publishes now."""
        url = self.openid_config["jwks_uri"]
        found = _key_among(_fetched(url), kid)
        if found is None and cache.add(f"{_cache_key(url)}:again", 1, KEYS_ASKED_AGAIN):
            found = _key_among(_fetched(url, afresh=True), kid)
        if found is None:
            raise OAuth2Error("key of the ID token is unknown")
        return found

    def get_callback_url(self, request, app):
        return on_site(reverse("company:oidc_callback", args=[app.provider_id]))


class CompanyOpenID(OpenIDConnectProvider):
    oauth2_adapter_class = CompanyOpenIDAdapter

    @property
    def server_url(self):
        """Return where the provider describes itself; the issuer that staff entered may end with a slash."""
        return f"{self.app.settings['server_url'].rstrip('/')}/.well-known/openid-configuration"

    def begin(self, request, *, address, next_url):
        """Return the provider's URL that the person is led to, and remember in their session what it was asked.

        Raise RequestException or OAuth2Error where the provider does not answer as it should.
        """
        nonce = token_urlsafe()
        asked = {"nonce": nonce, "login_hint": address}
        issuer = issuer_in(self.app.settings)
        return self.redirect(request, "login", next_url, auth_params=asked, nonce=nonce, issuer=issuer).url

    def is_issuer(self, text):
        """Return whether the answer's `iss` (RFC 9207), where it bears one, is this provider."""
        return text in (None, self.app.settings["server_url"])


def _claims(said, proved):
    """Return the Claims of what was said, in the token or beside it; `proved` stood in the token itself."""
    verified = said.get("email_verified", said.get("xms_edov")) in TRUE
    name = said.get("name") or name_of(said.get("given_name"), said.get("family_name"))
    return Claims(
        uid=uid_of(said["sub"]),
        email=address_of(said.get("email")),
        email_verified=verified,
        name=name_of(name),
        issuer=proved["iss"],
        hosted_domain=str(proved.get("hd", "")),
        nonce=proved.get("nonce", ""),
    )


def _fetched(url, *, afresh=False):
    """Return the JSON object at the URL, kept for an hour."""
    key = _cache_key(url)
    kept = None if afresh else cache.get(key)
    if kept is None:
        with get_adapter().get_requests_session() as asking:
            kept = _object(asking.get(url))
        cache.set(key, kept, KEPT)
    return kept


def _object(answer):
    try:
        answer.raise_for_status()
        if isinstance(said := answer.json(), dict):
            return said
        raise OAuth2Error("not an object")
    except (OAuth2Error, RequestException, RecursionError):
        calling_out.note_failure(answer.url)
        raise


def _cache_key(url):
    return f"company:{sha256(url.encode()).hexdigest()}"


def _check(config, issuer):
    if config.get("issuer") != issuer:
        raise OAuth2Error("another issuer")
    schemes = {"https", "http"} if settings.PRIVATE_PROVIDERS else {"https"}
    if any(urlsplit(str(config.get(name))).scheme not in schemes for name in ENDPOINTS):
        raise OAuth2Error("an endpoint is missing or without TLS")


def _key_among(published, kid):
    try:
        keys = [key for key in jwt.PyJWKSet.from_dict(published).keys if key.public_key_use in (None, "sig")]
    except jwt.PyJWTError:
        return None
    fitting = [key for key in keys if key.key_id == kid] if kid else keys
    return fitting[0] if len(fitting) == 1 else None
