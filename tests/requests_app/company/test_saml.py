"""Signing in through a real SAML provider: pysaml2's."""

import base64
from datetime import timedelta

import pytest
import saml2
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.cache import cache
from lxml import etree
from saml2.saml import NAMEID_FORMAT_EMAILADDRESS, NAMEID_FORMAT_TRANSIENT, NameID

from accounts.models import User
from requests_app.company import services
from requests_app.company.saml import parsed_metadata
from requests_app.models import ShopMember
from tests.client import CheckedClient
from tests.factories import UserFactory
from tests.requests_app.company.conftest import begin, now, post_answer, through_saml, told, user_of
from tests.requests_app.company.saml_provider import Provider

ADA = "ada@acme.example"
NOT_PROVED = "We could not make sure that this came from your company"
pytestmark = [pytest.mark.once, pytest.mark.usefixtures("saml")]


def asked_by(client, provider):
    return provider.request_in(begin(client, ADA))


def assert_refused(client, says=NOT_PROVED):
    assert user_of(client) is None
    assert not SocialAccount.objects.exists()
    assert says in told(client)


def changed(answer, change):
    """Return the answer with its document changed after it was signed."""
    document = etree.fromstring(base64.b64decode(answer))
    change(document)
    return base64.b64encode(etree.tostring(document)).decode()


def test_new_person_becomes_a_member(client, saml_provider):
    assert through_saml(client, saml_provider, ADA)["Location"] == "/"

    user = User.objects.get(email=ADA)
    assert (user_of(client), user.name) == (user.pk, "Ada Acme")
    assert ShopMember.objects.get(user=user).role == "viewer"
    assert SocialAccount.objects.get().uid == "ada"


def test_person_who_comes_again_is_the_same(client, saml_provider):
    through_saml(client, saml_provider, ADA)
    again = CheckedClient()

    through_saml(again, saml_provider, ADA)

    assert user_of(again) == user_of(client)
    assert ShopMember.objects.filter(user__email=ADA).count() == 1


def test_person_is_led_to_the_page_that_they_came_for(client, saml_provider):
    asked = saml_provider.request_in(begin(client, ADA, next="/seller/settings/"))

    assert post_answer(client, saml_provider.answer(asked, ADA))["Location"] == "/seller/settings/"


def test_relay_state_leads_nowhere(client, saml_provider):
    answer = saml_provider.answer(asked_by(client, saml_provider), ADA)

    posted = CheckedClient().post(
        "/accounts/saml/acme/acs/", {"SAMLResponse": answer, "RelayState": "https://evil.example/"}
    )

    assert client.get(posted["Location"])["Location"] == "/"


def test_same_assertion_counts_once(client, saml_provider):
    answer = saml_provider.answer(asked_by(client, saml_provider), ADA)
    first, second = (
        CheckedClient().post("/accounts/saml/acme/acs/", {"SAMLResponse": answer})["Location"] for _each in range(2)
    )

    assert "/finish/" in first
    assert second == "/accounts/company/"


def test_answer_that_another_browser_asked_for_signs_nobody_in(client, saml_provider):
    answer = saml_provider.answer(asked_by(client, saml_provider), ADA)
    thief = CheckedClient()
    begin(thief, ADA)

    post_answer(thief, answer)

    assert_refused(thief)


def test_ticket_counts_once(client, saml_provider):
    answer = saml_provider.answer(asked_by(client, saml_provider), ADA)
    path = CheckedClient().post("/accounts/saml/acme/acs/", {"SAMLResponse": answer})["Location"]
    thief = CheckedClient()

    thief.get(path)
    client.get(path)

    assert user_of(thief) is None
    assert user_of(client) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"sign_assertion": False},
        {"sign_assertion": False, "sign_response": True},
        {"sp_entity_id": "https://another.example/metadata"},
        {"destination": "https://another.example/acs/"},
        {"in_response_to": "id-of-no-request"},
        {"sign_alg": saml2.xmldsig.SIG_RSA_SHA1, "digest_alg": saml2.xmldsig.DIGEST_SHA1},
    ],
    ids=["unsigned", "response_signed_alone", "audience", "destination", "request", "algorithm"],
)
def test_answer_that_does_not_prove_it_signs_nobody_in(client, saml_provider, wrong):
    through_saml(client, saml_provider, ADA, **wrong)

    assert_refused(client)


def test_expired_assertion_signs_nobody_in(client, saml_provider):
    answer = saml_provider.answer(asked_by(client, saml_provider), ADA)

    with time_machine.travel(now() + timedelta(minutes=9), tick=False):  # it holds five, and clocks may differ
        posted = CheckedClient().post("/accounts/saml/acme/acs/", {"SAMLResponse": answer})

    assert posted["Location"] == "/accounts/company/"
    assert "/finish/" in CheckedClient().post("/accounts/saml/acme/acs/", {"SAMLResponse": answer})["Location"]


def test_changed_assertion_signs_nobody_in(client, saml_provider):
    answer = saml_provider.answer(asked_by(client, saml_provider), "ben@acme.example")

    def become_ada(document):
        next(one for one in document.iter("{*}AttributeValue") if "@" in one.text).text = ADA

    post_answer(client, changed(answer, become_ada))

    assert_refused(client)


def test_assertion_of_somebody_else_put_before_the_signed_one_signs_nobody_in(client, saml_provider):
    answer = saml_provider.answer(asked_by(client, saml_provider), "ben@acme.example")

    def wrap(document):
        signed = document.find("{*}Assertion")
        made_up = etree.fromstring(etree.tostring(signed).replace(b"ben@acme", b"ada@acme"))
        made_up.set("ID", "made-up")
        signed.addprevious(made_up)

    post_answer(client, changed(answer, wrap))

    assert_refused(client)


def test_assertion_without_an_audience_signs_nobody_in(client, saml_provider, monkeypatch):
    asked = asked_by(client, saml_provider)
    create = saml2.assertion.Policy.conditions

    def without_audience(self, *args, **kwargs):
        conditions = create(self, *args, **kwargs)
        conditions.audience_restriction = []
        return conditions

    monkeypatch.setattr(saml2.assertion.Policy, "conditions", without_audience)
    post_answer(client, saml_provider.answer(asked, ADA))

    assert_refused(client)


def test_another_key_signs_nobody_in(client, saml_provider, tmp_path):
    other = Provider(tmp_path).knows(CheckedClient().get("/accounts/saml/acme/metadata/").text)

    through_saml(client, other, ADA)

    assert_refused(client)


def test_another_issuer_signs_nobody_in(client, saml_provider, tmp_path, saml):
    other = Provider(tmp_path, "https://another.example/metadata")
    other.knows(CheckedClient().get("/accounts/saml/acme/metadata/").text)

    through_saml(client, other, ADA)

    assert_refused(client)


def test_address_at_another_domain_signs_nobody_in(client, saml_provider):
    UserFactory(email="eve@elsewhere.example")

    through_saml(client, saml_provider, "eve@elsewhere.example", typed=ADA)

    assert_refused(client, "We do not know that as an address of your company")


def test_answer_without_an_address_signs_nobody_in(client, saml_provider):
    through_saml(client, saml_provider, "", typed=ADA)

    assert_refused(client, "does not confirm your email address")


def test_key_that_changes_each_time_is_no_key(client, saml_provider):
    name_id = NameID(format=NAMEID_FORMAT_TRANSIENT, text="this time")

    through_saml(client, saml_provider, ADA, name_id=name_id)

    assert_refused(client, "gives you no lasting key")


@pytest.mark.parametrize("name", ["email", "mail"])
def test_address_may_stand_in_an_attribute_of_a_plain_name(client, saml_provider, name):
    through_saml(client, saml_provider, ADA, plain=name)

    assert User.objects.get(pk=user_of(client)).email == ADA


def test_address_may_stand_in_the_name_alone(client, saml_provider):
    name_id = NameID(format=NAMEID_FORMAT_EMAILADDRESS, text=ADA)

    through_saml(client, saml_provider, "", typed=ADA, name_id=name_id)

    assert User.objects.get(pk=user_of(client)).email == ADA


@pytest.mark.parametrize("answer", ["", "no base64 ö", base64.b64encode(b"<no").decode(), "A" * 300_000, "PGEvPg=="])
def test_made_up_answers_are_refused(client, answer):
    assert (
        CheckedClient().post("/accounts/saml/acme/acs/", {"SAMLResponse": answer})["Location"] == "/accounts/company/"
    )


def test_entities_in_an_answer_are_refused(client, saml_provider):
    """The whole answer is right and signed, but for a document type of its own before it."""
    answer = saml_provider.answer(asked_by(client, saml_provider), ADA)
    document = base64.b64decode(answer)
    root = document.index(b"<", document.index(b"?>") + 2 if document.startswith(b"<?xml") else 0)
    bomb = document[:root] + b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + document[root:]

    posted = CheckedClient().post("/accounts/saml/acme/acs/", {"SAMLResponse": base64.b64encode(bomb).decode()})

    assert posted["Location"] == "/accounts/company/"
    assert "/finish/" in CheckedClient().post("/accounts/saml/acme/acs/", {"SAMLResponse": answer})["Location"]


def test_metadata_names_our_own_address_whatever_the_host(client):
    metadata = client.get("/accounts/saml/acme/metadata/", headers={"host": "localhost"}).text

    assert f'entityID="{settings.SITE_URL}/accounts/saml/acme/metadata/"' in metadata
    assert f'Location="{settings.SITE_URL}/accounts/saml/acme/acs/"' in metadata
    assert "SingleLogoutService" not in metadata
    assert 'WantAssertionsSigned="true"' in metadata


def test_provider_that_is_switched_off_takes_no_answer(client, saml, saml_provider, staff):
    answer = saml_provider.answer(asked_by(client, saml_provider), ADA)
    services.switch_off(sign_in_id=saml.pk, by=staff)

    assert CheckedClient().post("/accounts/saml/acme/acs/", {"SAMLResponse": answer}).status_code == 404
    assert client.get("/accounts/saml/acme/metadata/").status_code == 200


@pytest.mark.parametrize(
    "metadata",
    ["", "no XML", "<a/>", "A" * 300_000, '<!DOCTYPE x [<!ENTITY a "a">]><x>&a;</x>'],
)
def test_what_is_no_metadata_is_refused(metadata):
    with pytest.raises(ValueError, match=r"too long|no metadata|incomplete"):
        parsed_metadata(metadata)


def test_metadata_without_tls_is_refused_in_production(saml_provider, settings):
    settings.PRIVATE_PROVIDERS = False
    assert parsed_metadata(saml_provider.metadata())["entityId"] == saml_provider.entity_id

    with pytest.raises(ValueError, match="incomplete"):
        parsed_metadata(
            saml_provider.metadata().replace("https://saml.acme.example/sso", "http://saml.acme.example/sso")
        )


def test_answers_that_were_used_are_remembered_as_long_as_they_would_be_good(client, saml_provider):
    answer = saml_provider.answer(asked_by(client, saml_provider), ADA)
    post_answer(client, answer)
    kept = [key for key in cache._cache if "assertion" in key]

    assert len(kept) == 1
    assert cache._expire_info[kept[0]] - now().timestamp() > 300
