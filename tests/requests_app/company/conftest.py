"""Acme, a shop whose people sign in through their own provider: a real one on 127.0.0.1, or pysaml2's."""

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings
from django.test import override_settings

from accounts import clock
from requests_app.company import services
from requests_app.company.saml import parsed_metadata
from requests_app.sign_ins import OIDC, SAML, CompanyDomain, CompanySignIn
from tests.client import CheckedClient
from tests.factories import ShopFactory, UserFactory
from tests.requests_app.company.openid_provider import PASSWORD, SECRET
from tests.requests_app.company.saml_provider import Provider
from tests.standing import standing

ACME, OTHER = "acme", "other"  # how the provider calls its clients, and we the providers


def callback(name):
    return f"{settings.SITE_URL}/accounts/oidc/{name}/login/callback/"


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def running_provider(folder, clients):
    """Run a provider with these clients, {name: redirect URI}; give its URL, the issuer."""
    issuer = f"http://127.0.0.1:{(port := free_port())}"
    named = [f"{name}={redirect_uri}" for name, redirect_uri in clients.items()]
    command = [sys.executable, "-m", "tests.requests_app.company.openid_provider", str(port), str(folder), *named]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"{issuer}/.well-known/openid-configuration", process)
        yield issuer
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def openid_provider(tmp_path_factory):
    """The URL of a running provider, its issuer."""
    with running_provider(tmp_path_factory.mktemp("provider"), {name: callback(name) for name in (ACME, OTHER)}) as url:
        yield url


def _wait_for(url, process):
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            requests.get(url, timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The provider did not start.")


@pytest.fixture(autouse=True)
def _provider_here():
    """Providers stand at 127.0.0.1 here, where production would not go."""
    with override_settings(PRIVATE_PROVIDERS=True):
        yield


@standing
def owner(db):
    return UserFactory(email="owner@acme.example", name="Olga Owner")


@standing
def acme(owner):
    return ShopFactory(name="Acme Goods", owner=owner)


def set_up(of, staff, *, name, domain, described, protocol=OIDC):
    """A sign-in that is switched on for the domain, through the services; `name` stands in its URLs."""
    sign_in = CompanySignIn(**{of._meta.model_name: of})
    services.set_up(
        sign_in=sign_in,
        by=staff,
        name=name.title(),
        protocol=protocol,
        described=described,
        client_id=name,
        secret=SECRET,
    )
    sign_in.app.provider_id = name
    sign_in.app.save()
    named = CompanyDomain.objects.create(sign_in=sign_in, domain=domain)
    services.verify_domain(domain_id=named.pk, by=staff)
    services.switch_on(sign_in_id=sign_in.pk, by=staff)
    return CompanySignIn.objects.get(pk=sign_in.pk)


@standing
def sign_in(acme, staff):
    """Acme's, with a provider that need not run."""
    return set_up(acme, staff, name=ACME, domain="acme.example", described={"server_url": "http://127.0.0.1:9"})


@pytest.fixture
def openid(acme, staff, openid_provider):
    return set_up(acme, staff, name=ACME, domain="acme.example", described={"server_url": openid_provider})


@pytest.fixture
def other_openid(other_shop, staff, openid_provider):
    """That of another shop, which uses the same provider under a name of its own."""
    return set_up(other_shop, staff, name=OTHER, domain="elsewhere.example", described={"server_url": openid_provider})


@pytest.fixture(scope="session")
def saml_provider(tmp_path_factory):
    return Provider(tmp_path_factory.mktemp("saml"))


@pytest.fixture
def saml(acme, staff, saml_provider, client):
    described = {"idp": parsed_metadata(saml_provider.metadata())}
    made = set_up(acme, staff, name=ACME, domain="acme.example", described=described, protocol=SAML)
    saml_provider.knows(client.get("/accounts/saml/acme/metadata/").content.decode())
    return made


def begin(client, address, **more):
    """Type an address at “Sign in with your company”; return the provider's URL that the page leads to."""
    page = client.post("/accounts/company/", {"email": address, **more})
    assert page.status_code == 200, page
    return page.context["url"]


def at_provider(url, address):
    """Sign in at the OpenID Connect provider as that person; return where it sends the browser: path and query."""
    browser = requests.Session()
    page = browser.get(url, timeout=10)
    page.raise_for_status()
    form = {"login": address, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["provider-csrf"]}
    answer = browser.post(page.url, data=form, timeout=10, allow_redirects=False)
    while (where := answer.headers["Location"]).startswith("/"):
        parts = urlsplit(answer.url)
        answer = browser.get(f"{parts.scheme}://{parts.netloc}{where}", timeout=10, allow_redirects=False)
    parts = urlsplit(where)
    return f"{parts.path}?{parts.query}"


def through_openid(client, address, *, typed=None, **more):
    """Sign in through the company from the first page to the last; return the answer to the callback."""
    return client.get(at_provider(begin(client, typed or address, **more), address))


def through_saml(client, provider, address, **other):
    """The same through SAML; return the answer to the page that takes the answer in."""
    asked = provider.request_in(begin(client, other.pop("typed", None) or address))
    return post_answer(client, provider.answer(asked, address, **other))


def post_answer(client, answer):
    """Post a SAMLResponse as the provider's page makes the browser do it: it sends none of our cookies, but takes new.

    So the answer must not set the one of the session: the browser would lose the one that asked.
    """
    without = CheckedClient()
    posted = without.post("/accounts/saml/acme/acs/", {"SAMLResponse": answer, "RelayState": ""})
    assert settings.SESSION_COOKIE_NAME not in posted.cookies
    client.cookies.update(without.cookies)
    return client.get(posted["Location"]) if "/finish/" in posted["Location"] else posted


def user_of(client):
    """The number of whom the client is signed in as; None for nobody."""
    return int(client.session["_auth_user_id"]) if "_auth_user_id" in client.session else None


def told(client):
    """What the next page tells."""
    return " ".join(str(message) for message in client.get("/accounts/company/").context["messages"])


now = clock.now
