"""Requests with planted secrets, in states drawn at random, read by whoever must not: each page, each mail."""

import random

from django.core import mail
from django.db import transaction
from django.urls import reverse

from accounts import outbox
from accounts.models import Notification
from tests.client import SignedInClient
from tests.factories import PartnerFactory, ShopFactory, UserFactory, owner_of, with_second_factor
from tests.leaks import secrets as leaks


def run(rounds):
    """Give rows of (what, number, wanted)."""
    random.seed(rounds)
    before = dict(leaks.READ)
    found = sum(_round(random.choice(list(leaks.STATES))) for _round_number in range(rounds))
    read = {what: leaks.READ[what] - before[what] for what in ("pages walked", "mails read")}
    return [
        ("rounds", rounds, rounds),
        *((what, number, None) for what, number in read.items()),
        ("leaks found", found, 0),
    ]


def _round(state):
    """How many secrets reached somebody whom they were not meant for, in this state; nothing of it stays."""
    with transaction.atomic():
        cast = {
            "shop": ShopFactory(),
            "partner": PartnerFactory(),
            "staff": with_second_factor(UserFactory(is_staff=True, is_superuser=True)),
            "conspirator": UserFactory(),
        }
        share = leaks.brought(state, **cast)
        found = [*_read_by_the_partner(share, state), *_read_by_outsiders(share), *_mailed()]
        transaction.set_rollback(True)
    return len(found)


def _read_by_the_partner(share, state):
    is_open, _is_live = leaks.STATES[state]
    owner = owner_of(share.partner)
    pages = leaks.read_from(owner, *leaks.portal_pages(share))
    told = leaks.leaks(pages, leaks.CONTACT | leaks.TEXT)
    talk = leaks.leaks(pages, leaks.TALK | leaks.MASKED | leaks.ANOTHERS)
    if leaks.has_the_request(state):
        own = leaks.talk_of(state) | (set() if state == "reviewing hidden" else leaks.MASKED)
        talk = {name: secrets - own if name.startswith("portal:") else secrets for name, secrets in talk.items()}
    if is_open:
        for name in ("portal:share", "portal:accept"):
            told[name] = told.get(name, set()) - leaks.TEXT
    client = SignedInClient()
    client.force_login(owner)
    opened = client.post(reverse("portal:contact", args=[share.reference]))
    read = leaks.secrets_in(leaks.told_by(opened), leaks.CONTACT | leaks.TEXT | leaks.NOTES)
    yield from (
        read - leaks.address_shown(state) - {"balthasar", "inkwell", "obsidianquay"} - leaks.TEXT if is_open else read
    )
    for secrets in (*told.values(), *talk.values()):
        yield from secrets


def _read_by_outsiders(share):
    pages = [*leaks.pages_of_share(share), *leaks.seller_pages(share.request)]
    person = random.choice(
        [lambda: None, UserFactory, lambda: owner_of(PartnerFactory()), lambda: owner_of(ShopFactory())]
    )()
    for secrets in leaks.leaks(leaks.read_from(person, *pages)).values():
        yield from secrets


def _mailed():
    mail.outbox.clear()
    outbox.deliver.call()
    for row in Notification.objects.all():
        outbox.mail_of([row]).send()
    leaks.count(mails_read=len(mail.outbox))
    asked = [leaks.SECOND["contact_email"]]  # the link that confirms an address goes to it
    for message in (message for message in mail.outbox if message.to != asked):
        yield from leaks.secrets_in(
            f"{message.message()}{message.subject}{message.body}{message.alternatives[0].content}"
        )
