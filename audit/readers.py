"""Who looks: a test client for each reader of the demo, whose session the browser takes over."""

import time
from hashlib import sha256

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client
from django.urls import reverse
from fido2.cose import CoseKey
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from audit import world
from audit.pages import GUARDED, GUARDED_SELLER, HALFWAY, PEOPLE, user_of
from requests_app.demo.people import PASSWORD


def clients():
    """Give a client for each reader.

    The demo's world gets one person with a second factor of each kind, another with one, and a mail of an account.
    """
    world.prepare()
    guarded = user_of(GUARDED)
    if not Authenticator.objects.filter(user=guarded).exists():
        TOTP.activate(user_of(GUARDED_SELLER), generate_totp_secret())
        TOTP.activate(guarded, generate_totp_secret())
        RecoveryCodes.activate(guarded)
        passkey = {"name": "Laptop", "credential": credential()}
        Authenticator.objects.create(user=guarded, type=Authenticator.Type.WEBAUTHN, data=passkey)
    halfway, anonymous = client(), client()
    halfway.post("/accounts/login/", {"login": guarded.email, "password": PASSWORD})
    owner = user_of("seller")
    link = {"uidb36": user_pk_to_url_str(owner), "key": default_token_generator.make_token(owner)}
    anonymous.get(reverse("account_reset_password_from_key", kwargs=link))
    anonymous.post(reverse("account_reset_password"), {"email": owner.email})
    return {"anonymous": anonymous, HALFWAY: halfway} | {name: signed_in(name) for name in (*PEOPLE, GUARDED)}


def credential():
    """Give what a browser answers when a passkey is made, unsigned."""
    key = CoseKey({1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32})
    attested = AttestedCredentialData.create(b"\0" * 16, b"audit", key)
    data = AuthenticatorData.create(sha256(b"127.0.0.1").digest(), AuthenticatorData.FLAG.AT, 1, attested)
    said = b'{"type": "webauthn.create", "challenge": "", "origin": ""}'
    made = {"attestationObject": AttestationObject.create("none", data, {}), "clientDataJSON": said}
    named = {"id": websafe_encode(b"audit"), "rawId": websafe_encode(b"audit"), "type": "public-key"}
    return named | {"response": {name: websafe_encode(bytes(value)) for name, value in made.items()}}


def client():
    return Client(raise_request_exception=False, headers={"host": "127.0.0.1"})


def signed_in(name):
    reader, user = client(), user_of(name)
    reader.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = reader.session
    just_now = {"method": "password", "at": time.time(), "email": user.email, "reauthenticated": True}
    factors = user.authenticator_set.values_list("pk", "type")
    used = [{"method": "mfa", "at": time.time(), "id": pk, "type": kind} for pk, kind in factors]
    session["account_authentication_methods"] = [just_now, *used]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return reader


def cookie_of(reader):
    """Give the session's cookie as (name, value), or None."""
    cookie = reader.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie and (cookie.key, cookie.value)
