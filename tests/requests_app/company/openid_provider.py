"""A company's OpenID Connect provider: allauth's own, in a process and on a database of its own.

`python -m tests.requests_app.company.openid_provider PORT FOLDER ISSUED_TO…` serves it on 127.0.0.1, with a client for
each ISSUED_TO, "client_id=redirect_uri". Its people are those of PEOPLE. The name before the @ of some says what goes
wrong with their tokens, as it would at a provider that is broken or an attacker's.
"""

import base64
import json
import sys
import time
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PASSWORD = "at the company"
SECRET = "a secret of the client"
PEOPLE = {  # address: is it confirmed there
    "ada@acme.example": True,
    "ben@acme.example": True,
    "unconfirmed@acme.example": False,
    "eve@elsewhere.example": True,
    "wrong-audience@acme.example": True,
    "wrong-issuer@acme.example": True,
    "wrong-nonce@acme.example": True,
    "no-nonce@acme.example": True,
    "expired@acme.example": True,
    "forged@acme.example": True,
    "hosted@acme.example": True,
    "deep@acme.example": True,
    "lasting@acme.example": True,
    "thin@acme.example": True,
    "thin-and-wrong@acme.example": True,
}


def wrong_with(address):
    return address.partition("@")[0]


def change(id_token, address):
    """Change what is to be signed, as the person's name says."""
    match wrong_with(address):
        case "wrong-audience":
            id_token["aud"] = "another client"
        case "wrong-issuer":
            id_token["iss"] = "https://another.example"
        case "wrong-nonce":
            id_token["nonce"] = "of another sign-in"
        case "no-nonce":
            id_token.pop("nonce", None)
        case "hosted":
            id_token["hd"] = "acme.example"
        case "expired":
            id_token["exp"] = int(time.time()) - 3600
        case "thin" | "thin-and-wrong":  # who it is, and no more: the rest has to be asked for
            for name in ("email", "email_verified", "name", "given_name", "family_name"):
                id_token.pop(name, None)


def forge(answer):
    """Give the signed token of `forged@…` other content under the same signature; break the whole answer of others."""
    tokens = json.loads(answer)
    head, content, signature = tokens["id_token"].split(".")
    said = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    name = wrong_with(said.get("email", ""))
    if name == "deep":
        return b'{"a":' * 100_000
    if name == "lasting":
        tokens["expires_in"] = 1e30
    if name == "forged":
        said |= {"sub": "1", "email": "ada@acme.example"}
        content = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()
        tokens["id_token"] = f"{head}.{content}.{signature}"
    return json.dumps(tokens).encode()


class ForgingMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.endswith("/token") and response.status_code == 200:
            response.content = forge(response.content)
        return response


def configure(folder):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.configure(
        SECRET_KEY="of the provider",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="tests.requests_app.company.openid_urls",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(Path(folder) / "provider.sqlite3")}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "allauth",
            "allauth.account",
            "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
            "tests.requests_app.company.openid_provider.ForgingMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ACCOUNT_LOGIN_METHODS={"email"},
        ACCOUNT_SIGNUP_FIELDS=["email*", "password1*"],
        ACCOUNT_EMAIL_VERIFICATION="none",
        ACCOUNT_RATE_LIMITS=False,
        IDP_OIDC_ADAPTER="tests.requests_app.company.openid_adapter.Adapter",
        IDP_OIDC_PRIVATE_KEY=private.decode(),
        SESSION_COOKIE_NAME="provider-session",  # cookies know no ports: a browser has the site at 127.0.0.1 too
        CSRF_COOKIE_NAME="provider-csrf",
        USE_TZ=True,
    )


def fill(clients):
    from allauth.account.models import EmailAddress
    from allauth.idp.oidc.models import Client
    from django.contrib.auth.models import User

    for address, confirmed in PEOPLE.items():
        name = wrong_with(address)
        user = User.objects.create_user(address, address, PASSWORD, first_name=name.title(), last_name="Acme")
        EmailAddress.objects.create(user=user, email=address, verified=confirmed, primary=True)
    for client in clients:
        client_id, _equals, redirect_uri = client.partition("=")
        made = Client(id=client_id, name=client_id, skip_consent=True, scopes="openid\nprofile\nemail")
        made.redirect_uris = redirect_uri
        made.set_secret(SECRET)
        made.save()


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def main(port, folder, *clients):
    import django

    configure(folder)
    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    fill(clients)
    make_server("127.0.0.1", int(port), get_wsgi_application(), Server, Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
