"""SAML 2.0: our request goes by redirect, the provider's answer comes by POST, and its assertion says who it is.

The assertion must be signed, name us as its audience, answer a request of ours, and be of now; each counts once. What
the library leaves open where an answer lacks it is asked for here. Nothing is fetched: staff enter the provider's
metadata.
"""

from hashlib import sha256
from urllib.parse import urlsplit

from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from lxml.etree import XMLSyntaxError
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as constants
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from accounts import clock
from accounts.mails import on_site
from requests_app.company.claims import Claims, address_of, name_of, uid_of
from requests_app.sign_ins import issuer_in

MOST = 200_000  # characters of an answer, and of the metadata
SECURITY = {
    "wantAssertionsSigned": True,
    "wantNameId": False,
    "wantAttributeStatement": False,
    "requestedAuthnContext": False,
    "rejectDeprecatedAlgorithm": True,
    "allowRepeatAttributeName": True,
    "failOnAuthnContextMismatch": False,
}
KNOWN = SAMLProvider.default_attribute_mapping
ATTRIBUTES = {  # what each is called by the providers; the first that is there counts
    "uid": KNOWN["uid"],
    "email": [*KNOWN["email"], "email", "mail"],
    "first_name": [*KNOWN["first_name"], "givenName", "firstName"],
    "last_name": [
        *KNOWN["last_name"],
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
        "surname",
        "sn",
        "lastName",
    ],
}


class Refused(Exception):
    """The answer does not prove who somebody is. The text says why, for the log; it quotes nothing of the answer."""


class CompanySAML(SAMLProvider):
    default_attribute_mapping = ATTRIBUTES

    def begin(self, request, *, address, next_url):
        """Return the provider's URL that the person is led to, and remember in their session what it was asked."""
        auth = OneLogin_Saml2_Auth(_received_at(self.app, {}), self._settings())
        url = auth.login(return_to="", name_id_value_req=None)
        issuer = issuer_in(self.app.settings)
        self.stash_redirect_state(request, "login", next_url, None, state_id=auth.get_last_request_id(), issuer=issuer)
        return url

    def read(self, answer):
        """Return (the id of our request that it answers, Claims) of a SAMLResponse; raise Refused.

        A second time the same assertion is refused.
        """
        if len(answer) > MOST:
            raise Refused("too long")
        try:
            response = OneLogin_Saml2_Response(self._settings(), answer)
            response.is_valid(_received_at(self.app, {"SAMLResponse": answer}), raise_exceptions=True)
            in_response_to = _request_answered(response)
            _require_once(self.app, response)
            return in_response_to, self._claims(response)
        except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError) as error:
            raise Refused(f"code {error.code}") from error
        except (XMLSyntaxError, ValueError, LookupError, TypeError, AttributeError) as error:  # made up
            raise Refused(type(error).__name__) from error

    def metadata(self):
        """Return what the company's administrators give to their provider, as XML."""
        return self._settings().get_sp_metadata()

    def state_of(self, request, request_id):
        """Return what was remembered of our request in this very session, and forget it; None if there was none."""
        try:
            return self.unstash_redirect_state(request, request_id)
        except PermissionDenied:
            return None

    def _claims(self, response):
        said = self.extract_common_fields(response)
        transient = response.get_nameid_format() == constants.NAMEID_TRANSIENT
        uid = self._extract(response).get("uid") or ("" if transient else response.get_nameid())
        name = name_of(said.get("first_name"), said.get("last_name"))
        return Claims(uid_of(uid), address_of(said.get("email")), True, name, issuer_in(self.app.settings))

    def _settings(self):
        return OneLogin_Saml2_Settings(
            {
                "strict": True,
                "security": SECURITY,
                "idp": self.app.settings["idp"],
                "sp": {
                    "entityId": on_site(reverse("company:saml_metadata", args=[self.app.provider_id])),
                    "assertionConsumerService": {
                        "url": answers_go_to(self.app),
                        "binding": constants.BINDING_HTTP_POST,
                    },
                    "NameIDFormat": constants.NAMEID_UNSPECIFIED,
                },
            }
        )


def answers_go_to(app):
    """Return the URL that the company's provider sends its answers to."""
    return on_site(reverse("company:saml_acs", args=[app.provider_id]))


def parsed_metadata(text):
    """Return what we keep of a provider's metadata; raise ValueError if it lacks something or is none."""
    if len(text) > MOST:
        raise ValueError("too long")
    try:
        idp = OneLogin_Saml2_IdPMetadataParser.parse(text.encode()).get("idp", {})
    except Exception as error:  # the parser's own, lxml's, and those of forbidden entities
        raise ValueError("no metadata") from error
    url = idp.get("singleSignOnService", {}).get("url", "")
    schemes = ("https", "http") if settings.PRIVATE_PROVIDERS else ("https",)
    if not idp.get("entityId") or urlsplit(url).scheme not in schemes or not _certificates(idp):
        raise ValueError("incomplete")
    kept = {name: idp[name] for name in ("entityId", "x509cert", "x509certMulti") if name in idp}
    return kept | {"singleSignOnService": {"url": url, "binding": constants.BINDING_HTTP_REDIRECT}}


def _certificates(idp):
    return idp.get("x509cert") or idp.get("x509certMulti", {}).get("signing")


def _received_at(app, posted):
    """Return the request as the library wants it: at our own address, whatever the Host header says."""
    url = urlsplit(answers_go_to(app))
    secure = "on" if url.scheme == "https" else "off"
    return {"https": secure, "http_host": url.netloc, "script_name": url.path, "get_data": {}, "post_data": posted}


def _request_answered(response):
    """Return the id of the request that the signed assertion itself says it answers."""
    if not response.get_audiences():
        raise Refused("no audience")
    data = response._query_assertion("/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData")
    answered = {one.get("InResponseTo") for one in data}
    if len(answered) != 1 or not (request_id := answered.pop()) or request_id != response.get_in_response_to():
        raise Refused("answers no request of ours")
    if not all(one.get("NotOnOrAfter") and one.get("Recipient") for one in data):
        raise Refused("no end, or no recipient")
    return request_id


def _require_once(app, response):
    """Raise Refused if this assertion came before; remember it as long as it would be good."""
    used = sha256(f"{app.provider_id} {response.get_assertion_id()}".encode()).hexdigest()
    left = response.get_assertion_not_on_or_after() - clock.real_seconds() + constants.ALLOWED_CLOCK_DRIFT
    if not cache.add(f"company:assertion:{used}", 1, max(left, 1)):
        raise Refused("came before")
