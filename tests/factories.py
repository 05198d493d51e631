"""Realistic rows; shops and requests are made by the services that make them in the product."""

import csv
import uuid
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import factory
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts import clock
from accounts.models import User
from partners import offers, own_words
from partners import services as partner_services
from partners.models import Category, Market, Partner, PartnerMember, PartnerTrait
from partners.workflow import PartnerStatus
from requests_app import automatic, rollups, services
from requests_app.change import changing
from requests_app.conversation import services as conversation
from requests_app.models import ConfirmedContact, PartnerRequest, RequestVersion, Share, Shop
from requests_app.proposals import services as proposals
from requests_app.references import new_request_reference, new_share_reference
from requests_app.sign_ins import CompanyDomain, CompanySignIn
from requests_app.teams import log
from requests_app.teams.kinds import Kind as TeamKind

PASSWORD = "shop-partners-demo"
BEAUTY = "Beauty & Personal Care"
CONTACT = "ann.whitfield@lumen.example"
DATA = Path(settings.BASE_DIR) / "partners" / "data"


@cache
def rows_of(vocabulary):
    with (DATA / f"{vocabulary}.csv").open() as file:
        return list(csv.DictReader(file))


def market(code="GB"):
    """The market, also where a test of real transactions has emptied the tables that migrations filled."""
    row = next(row for row in rows_of("markets") if row["market"] == code)
    return Market.objects.get_or_create(code=code, defaults={"name": row["name"], "currency": row["currency"]})[0]


def category(name=BEAUTY):
    row = next(row for row in rows_of("categories") if row["name"] == name)
    return Category.objects.get_or_create(name=name, defaults={"external_id": row["external_id"]})[0]


def fill_vocabularies():
    """All markets and categories, for pages that offer them."""
    Market.objects.bulk_create(
        (Market(code=row["market"], name=row["name"], currency=row["currency"]) for row in rows_of("markets")),
        ignore_conflicts=True,
    )
    Category.objects.bulk_create(
        (Category(name=row["name"], external_id=row["external_id"]) for row in rows_of("categories")),
        ignore_conflicts=True,
    )


class UserFactory(factory.django.DjangoModelFactory):
    """A person with a confirmed address and PASSWORD."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person-{n}@example.com")
    name = factory.Faker("name")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        user = model_class.objects.create_user(**kwargs)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


def with_second_factor(user):
    """The admin lets staff in who have one."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})
    return user


class ShopFactory(factory.django.DjangoModelFactory):
    """A shop with an owner: `owner` if given, else a new person. It is `days` old; a young one may do less."""

    class Meta:
        model = Shop

    name = factory.Faker("company")
    market = factory.LazyFunction(market)
    currency = factory.SelfAttribute("market.currency")
    language = "en"

    @classmethod
    def _create(cls, model_class, *args, owner=None, days=400, **kwargs):
        shop = services.create_shop(by=owner or UserFactory(), **kwargs)
        shop.created_at -= timedelta(days=days)
        Shop.objects.filter(pk=shop.pk).update(created_at=shop.created_at)
        confirm_contact(shop, CONTACT)
        return shop


def confirm_contact(shop, address):
    """The shop may give this address as a contact, as if somebody had followed the link that confirms it.

    Tests' shops may give that of `details_of`, and what `make_request` gives, unless that is `confirmed=False`.
    """
    ConfirmedContact.objects.get_or_create(shop=shop, address=address.lower())


def add_to_shop(shop, user, role):
    """Make them a member, with its line in the log; nobody is notified."""
    return _add(shop, user, role, TeamKind.JOINED)


def add_to_partner(partner, user, role):
    return _add(partner, user, role, TeamKind.JOINED)


@transaction.atomic
def _add(of, user, role, kind):
    of.members.create(user=user, role=role)
    log.record(of, kind, by=user, person=user, role=role, was="")
    return user


class PartnerFactory(factory.django.DjangoModelFactory):
    """An approved partner with an owner that serves the UK, Beauty and every size, and has room for five.

    `markets` are codes, `categories` names; `types`, `services`, `languages` and `company_sizes` are codes.
    """

    class Meta:
        model = Partner

    name = factory.Faker("company")
    tagline = "Known for steady work"  # searched: the same in each run
    about = "Weekly numbers, and people who pick up the phone."
    city = "Bath"
    status = PartnerStatus.APPROVED
    currency = "GBP"
    smallest_budget = Decimal(500)
    smallest_gmv = Decimal(0)
    capacity = 5
    slug = factory.LazyAttribute(lambda partner: partner_services.free_slug(partner.name))
    applied_at = factory.LazyFunction(clock.now)
    approved_at = factory.LazyAttribute(lambda partner: None if partner.status == "applied" else clock.now())
    decline_reason = factory.LazyAttribute(lambda partner: "market" if partner.status == "declined" else "")
    suspended_at = factory.LazyAttribute(lambda partner: clock.now() if partner.status == "suspended" else None)

    @classmethod
    def _create(
        cls,
        model_class,
        *args,
        owner=None,
        markets=("GB",),
        categories=(BEAUTY,),
        types=("tsp",),
        services=("ads", "livestream"),
        languages=("en",),
        company_sizes=("1-10", "11-50", "51-200", "201-500", "501-1000", "1001+"),
        in_index=True,
        **kwargs,
    ):
        partner = super()._create(model_class, *args, **kwargs)
        _add(partner, owner or UserFactory(), PartnerMember.Role.OWNER, TeamKind.FOUNDED)
        partner.markets.add(*[market(code) for code in markets])
        partner.categories.add(*[category(name) for name in categories])
        codes = {"type": types, "service": services, "language": languages, "company_size": company_sizes}
        PartnerTrait.objects.bulk_create(
            PartnerTrait(partner=partner, kind=kind, code=code) for kind, held in codes.items() for code in held
        )
        own_words.refresh([partner])
        if in_index:
            offers.refresh([partner])
        return partner

    @classmethod
    def create_batch(cls, size, **kwargs):
        """Likewise many, which come into the matching index together."""
        partners = super().create_batch(size, in_index=False, **kwargs)
        offers.refresh(partners)
        return partners


def lapse(share):
    """Let the time to answer pass, and the timer come round."""
    with clock.at(share.respond_by):
        assert automatic.advance_share(share_id=share.pk)


TIMES = ("shared_at", "respond_by", "accepted_at", "waiting_since", "next_step_at")


def age_shares(**by):
    """Have all shares made that much earlier (`days=8`), for tests on real connections, which share no frozen clock."""
    Share.objects.update(**{name: F(name) - timedelta(**by) for name in TIMES})
    PartnerRequest.objects.update(tries_since=F("tries_since") - timedelta(**by))
    rollups.count_all_anew()  # no event says that they were made at another time


def owner_of(shop_or_partner):
    """The first owner of a shop or a partner."""
    return shop_or_partner.members.filter(role="owner").order_by("id").first().user


def details_of(**changes):
    """What a seller fills in, as services take it."""
    return {
        "subject": "Ann Whitfield",
        "contact_email": CONTACT,
        "location": "Unit 4, Kirkstall Forge, Leeds",
        "hot_sale_product": "Vitamin C serum, 30 ml",
        "other_details": "We launch a new line in spring and have nobody for livestreams.",
        "services": [],
        "start": "",
        "company_size": "11-50",
        "currency": "GBP",
        "platform_gmv": Decimal("48000.00"),
        "other_gmv": Decimal("12500.50"),
        "budget": Decimal("2000.00"),
        "category": changes.pop("category", None) or category(),
    } | changes


def make_request(
    shop, picks=(), *, by=None, request_type=None, hide_contact=False, form_token=None, confirmed=True, **details
):
    """A request submitted by the shop's owner: to these partners, or, without any, to those the platform refers.

    Its contact email is confirmed before, unless that is said not to be.
    """
    if confirmed and "contact_email" in details:
        confirm_contact(shop, details["contact_email"])
    return services.submit_request(
        shop=shop,
        by=by or owner_of(shop),
        form_token=form_token or uuid.uuid4(),
        details=details_of(**details),
        request_type=request_type or (PartnerRequest.Type.CHOOSE if picks else PartnerRequest.Type.REFER),
        hide_contact=hide_contact,
        picks=[partner.pk for partner in picks],
    )


def write_as_partner(share, text="Do your hosts speak English?", *, by=None, token=None):
    """A message of the partner's owner; while it reviews, its question."""
    given = {"share_id": share.pk, "by": by or owner_of(share.partner), "token": token or uuid.uuid4()}
    return conversation.send_as_partner(**given, text=text)


def write_as_seller(share, text="Yes, all of them.", *, by=None, token=None):
    given = {"share_id": share.pk, "by": by or owner_of(share.request.shop), "token": token or uuid.uuid4()}
    return conversation.send_as_seller(**given, text=text)


def terms_of(**changes):
    """What a partner fills in for its proposal, as services take it: valid for two weeks."""
    return {
        "services": ["livestream"],
        "price": "monthly",
        "amount": Decimal("1800.00"),
        "percent": None,
        "included": "Three streams a week, with our own hosts.",
        "starts_on": clock.now().date() + timedelta(days=10),
        "months": 3,
        "valid_until": clock.now() + timedelta(days=14),
    } | changes


def propose(share, *, by=None, seen=0, **changes):
    """The proposal that the partner's owner sends of `terms_of`, over the version seen."""
    given = {"share_id": share.pk, "by": by or owner_of(share.partner), "seen": seen}
    return proposals.send_proposal(**given, terms=terms_of(**changes))


def put_on_hold(request, hold="screening"):
    """The request as it is then: on hold for a reason, whatever led to that."""
    with changing(request.pk, by=None, actor="platform") as change:
        change.lock()
        change.put_on_hold(hold)
    return change.request


def more_like(request, count):
    """That many more requests, versions and shares as these, each a second younger: rows for lists, without events."""
    requests, rows = [], {RequestVersion: [], Share: []}
    for later in (timedelta(seconds=n) for n in range(1, count + 1)):
        made = _copy(
            request,
            reference=new_request_reference(),
            form_token=uuid.uuid4(),
            created_at=request.created_at + later,
        )
        requests.append(made)
        rows[RequestVersion] += [_copy(version, request=made) for version in request.versions.all()]
        for share in request.shares.order_by("pk"):
            times = {name: getattr(share, name) + later for name in ("shared_at", "respond_by")}
            rows[Share].append(_copy(share, request=made, reference=new_share_reference(), **times))
    PartnerRequest.objects.bulk_create(requests)
    for model, made in rows.items():
        model.objects.bulk_create(made)
    return requests


def _copy(row, **changes):
    held = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}
    for name in changes:
        held.pop(row._meta.get_field(name).attname)
    return type(row)(**held, **changes)


def company_sign_in(shop, verifier):
    """A sign-in of the shop through a provider that does not run, switched on for people at acme.example."""
    described = {"server_url": "http://127.0.0.1:9"}
    app = SocialApp.objects.create(provider="openid_connect", provider_id="acme", name="Acme", settings=described)
    made = CompanySignIn.objects.create(shop=shop, app=app, enabled=True)
    CompanyDomain.objects.create(sign_in=made, domain="acme.example", verified_at=clock.now(), verified_by=verifier)
    return made
