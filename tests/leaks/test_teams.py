"""Invited addresses are for the team that invited them; who is a member no more reads nothing of it at all."""

import pytest
from django.apps import apps
from django.core import mail
from django.db import models

from accounts import outbox
from accounts.acting import PARTNER, SHOP
from requests_app.teams import services
from tests.cast import signed_in
from tests.factories import UserFactory, add_to_partner, add_to_shop
from tests.leaks.secrets import ALL, assert_no_leak, leaks, portal_pages, read_everything, secrets_in, seller_pages

pytestmark = pytest.mark.once

OF_SHOP, OF_PARTNER = "piccolo@carillon-hidden.example", "bassoon@marimba-hidden.example"
INVITED = {"carillon-hidden", "marimba-hidden"}


@pytest.fixture
def invited(bring, shop, partner):
    """A share that was accepted, and an address that each of the two sides invited."""
    share = bring("accepted")
    for kind, of, address in ((SHOP, shop, OF_SHOP), (PARTNER, partner, OF_PARTNER)):
        services.invite(kind=kind, of_id=of.pk, by=of.members.get(role="owner").user, email=address, role="viewer")
    return share


@pytest.mark.parametrize(
    ("role", "not_theirs"),
    [
        ("seller", {"marimba-hidden"}),
        ("partner_owner", {"carillon-hidden"}),
        ("conspirator", INVITED),
        ("staff", INVITED),
        (None, INVITED),
    ],
)
def test_invited_address_is_told_to_nobody_of_another_side(role, not_theirs, request, invited):
    user = role and request.getfixturevalue(role)
    more = [*seller_pages(invited.request), *portal_pages(invited)]

    pages = read_everything(user, *more)

    found = leaks(pages, not_theirs)
    if role == "staff":  # they read to which address a mail of an account went, as of every such mail
        found.pop("admin:accounts_accountmail_changelist", None)
        found.pop("admin:accounts_accountmail_change", None)
    assert_no_leak(found)


def test_invited_address_stands_in_two_tables_and_in_its_own_mail(invited):
    outbox.deliver_batch()

    tables = set()
    for model in apps.get_models():
        texts = [field.attname for field in model._meta.concrete_fields
                 if isinstance(field, models.CharField | models.TextField | models.JSONField)]  # fmt: skip
        rows = model._base_manager.values_list(*texts) if texts else ()
        if any(secrets_in(str(row), INVITED) for row in rows):
            tables.add(model.__name__)
    assert tables == {"Invitation", "AccountMail"}
    told = {message.to[0] for message in mail.outbox if secrets_in(f"{message.subject} {message.body}", INVITED)}
    assert told == {OF_SHOP, OF_PARTNER}


@pytest.mark.parametrize("how", ["left", "removed"])
@pytest.mark.parametrize("kind", [SHOP, PARTNER])
def test_who_is_a_member_no_more_reads_nothing(how, kind, invited, shop, partner):
    of = {SHOP: shop, PARTNER: partner}[kind]
    user = (add_to_shop if kind == SHOP else add_to_partner)(of, UserFactory(), "viewer")
    more = [*seller_pages(invited.request), *portal_pages(invited)]
    client = signed_in(user)
    before = {path: client.get(path) for path in more}
    assert leaks(before, ALL) or kind == PARTNER

    if how == "left":
        services.leave(kind=kind, of_id=of.pk, by=user)
    else:
        by, member = of.members.get(role="owner").user, of.members.get(user=user)
        services.remove_member(kind=kind, member_id=member.pk, by=by)

    pages = read_everything(user, *more)
    assert {path: pages[path].status_code for path in more if "?" not in path} == {
        path: 405 if before[path].status_code == 405 else 404 for path in more if "?" not in path
    }
    assert_no_leak(leaks(pages, ALL | INVITED))
