"""The database itself refuses each bad row, whoever writes it: each constraint of the models has its bad rows here."""

import uuid

import pytest
from allauth.socialaccount.models import SocialApp
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import CheckConstraint, F

from accounts import clock
from accounts.models import MailPreference, Notification, PersonalFile, PersonalFilePart, SitePage, User
from partners.contact import PartnerContact
from partners.matching_index import Listing, Offer, ServiceOffer
from partners.models import Category, ExchangeRate, Partner, PartnerMember, PartnerTrait, ProgrammeMedians
from requests_app import medians, rollups, services
from requests_app.authorisations import Authorisation
from requests_app.blocks import Block
from requests_app.conversation.models import Message, MessageReading
from requests_app.former_names import FormerName
from requests_app.models import ConfirmedContact, Event, PartnerRequest, RequestVersion, Share, ShopMember, TextReading
from requests_app.proposals.models import Proposal, ProposalVersion
from requests_app.safeguards import Safeguard
from requests_app.sign_ins import CompanyDomain, CompanyLeaver, CompanySignIn
from requests_app.slots import CountedSlots, PartnerSlot
from requests_app.teams.models import HandOver, Invitation, TeamEvent, TeamLog
from tests.factories import (
    PartnerFactory,
    ShopFactory,
    UserFactory,
    category,
    company_sign_in,
    make_request,
    owner_of,
    propose,
)
from tests.standing import standing

NOW = clock.now()
OUR_APPS = ("accounts", "partners", "requests_app")

# Each constraint: the model, and changes of a good row that it refuses. None: see TWICE.
REFUSED = {
    "invitation_of_one_side": (Invitation, [{"shop": None}, {"partner": F("by")}]),
    "invitation_role_known": (Invitation, [{"role": "reviewer"}, {"role": ""}]),
    "invitation_ended_whole": (
        Invitation,
        [{"ended_at": NOW}, {"how": "withdrawn"}, {"ended_at": NOW, "how": "lost"}, {"address": ""}],
    ),
    "invitation_joined_address_gone": (Invitation, [{"ended_at": NOW, "how": "joined"}]),
    "hand_over_of_one_side": (HandOver, [{"shop": None}, {"partner": F("by")}]),
    "hand_over_to_another": (HandOver, [{"to": F("by")}]),
    "hand_over_ended_whole": (HandOver, [{"ended_at": NOW}, {"how": "void"}, {"ended_at": NOW, "how": "lost"}]),
    "team_log_of_one_side": (TeamLog, [{"shop": None, "partner": None}, {"shop": 1, "partner": 1}]),
    "company_sign_in_of_one": (
        CompanySignIn,
        [{"shop": None}, {"partner": 1}, {"default_role": "owner"}, {"default_role": "reviewer"}],
    ),
    "company_sign_in_tried_first": (CompanySignIn, [{"password_off": True}]),
    "company_domain_lower": (CompanyDomain, [{"domain": "Acme.example"}, {"domain": ""}]),
    "company_domain_verified_whole": (CompanyDomain, [{"verified_at": None}, {"verified_by": None}]),
    "block_side_known": (Block, [{"side": "staff"}]),
    "partner_contact_whole": (PartnerContact, [{"name": ""}, {"email": ""}]),
    "rate_positive": (ExchangeRate, [{"per_euro": 0}, {"per_euro": -1}]),
    "medians_one_row": (ProgrammeMedians, [{"id": 2}]),
    "slots_one_row": (CountedSlots, [{"id": 2}]),
    "medians_are_parts": (ProgrammeMedians, [{"answered": 1.1}, {"accepted": -0.1}]),
    "sitepage_known": (SitePage, [{"slug": "imprint"}, {"slug": ""}]),
    "partner_status_known": (Partner, [{"status": "banned"}, {"status": ""}]),
    "partner_declined_with_reason": (
        Partner,
        [{"status": "declined"}, {"decline_reason": "market"}, {"decline_note": "a note"}],
    ),
    "partner_slug_free": (Partner, [{"slug": "compare"}]),
    "partner_amounts": (Partner, [{"smallest_budget": -1}, {"smallest_gmv": -1}]),
    "partner_member_role": (PartnerMember, [{"role": "editor"}, {"role": ""}]),
    "shop_member_role": (ShopMember, [{"role": "reviewer"}, {"role": ""}]),
    "partnerrequest_amounts": (
        PartnerRequest,
        [{"budget": 0}, {"budget": -1}, {"platform_gmv": -1}, {"other_gmv": -1}],
    ),
    "requestversion_amounts": (RequestVersion, [{"budget": 0}, {"platform_gmv": -1}, {"other_gmv": -1}]),
    "partnerrequest_start": (PartnerRequest, [{"start": "yesterday"}]),
    "requestversion_start": (RequestVersion, [{"start": "yesterday"}]),
    "request_status_known": (PartnerRequest, [{"status": "paused"}, {"status": ""}]),
    "request_headline_known": (PartnerRequest, [{"headline": "lost"}, {"headline": ""}]),
    "request_closed_whole": (
        PartnerRequest,
        [
            {"status": "closed"},
            {"status": "closed", "closed_at": NOW},
            {"status": "closed", "closed_by": "seller"},
            {"status": "closed", "closed_at": NOW, "closed_by": "seller", "seeking": True},
            {"closed_at": NOW},
            {"closed_by": "seller"},
        ],
    ),
    "request_held_whole": (
        PartnerRequest,
        [
            {"hold": "tired", "held_since": NOW},
            {"hold": "contact"},
            {"held_since": NOW},
            {"held_picks": [1]},
            {"hold": "contact", "held_since": NOW, "seeking": True},
            {"hold": "contact", "held_since": NOW, "status": "closed", "closed_at": NOW, "closed_by": "seller"},
        ],
    ),
    "share_status_known": (Share, [{"status": "lost"}, {"status": ""}]),
    "share_closed_with_reason": (
        Share,
        [
            {"status": "closed", "ended_at": NOW, "last_version": 1},
            {"status": "closed", "ended_at": NOW, "last_version": 1, "closed_reason": "tired"},
            {"closed_reason": "seller"},
        ],
    ),
    "share_rejected_with_reason": (
        Share,
        [
            {"status": "rejected", "ended_at": NOW, "last_version": 1},
            {"status": "rejected", "ended_at": NOW, "last_version": 1, "reject_reason": "tired"},
            {"reject_reason": "budget"},
        ],
    ),
    "share_ended_whole": (
        Share,
        [
            {"status": "closed", "closed_reason": "seller", "last_version": 1},
            {"status": "closed", "closed_reason": "seller", "ended_at": NOW},
            {"status": "rejected", "reject_reason": "budget", "last_version": 1},
            {"ended_at": NOW},
            {"last_version": 1},
        ],
    ),
    "share_accepted_at": (Share, [{"status": "accepted"}, {"status": "connected"}, {"accepted_at": NOW}]),
    "share_timed": (
        Share,
        [
            {"status": "accepted", "accepted_at": NOW},
            {"status": "connected", "accepted_at": NOW, "authorised_until": None},
            {"status": "connected", "accepted_at": NOW, "authorised_days": None},
        ],
    ),
    "authorisation_ended_whole": (Authorisation, [{"ended_at": NOW}, {"end_reason": "revoked"}]),
    "authorisation_days_known": (Authorisation, [{"days": 0}, {"days": 31}]),
    "message_side": (Message, [{"side": ""}, {"side": "staff"}]),
    "proposal_status_known": (Proposal, [{"status": ""}, {"status": "open"}]),
    "proposal_chosen_whole": (Proposal, [{"status": "chosen"}]),
    "proposal_price_whole": (
        ProposalVersion,
        [
            {"amount": 0},
            {"amount": -1},
            {"amount": None},
            {"percent": 5},
            {"price": ""},
            {"price": "hourly"},
            {"price": "commission"},
            {"price": "commission", "amount": None},
            {"price": "commission", "amount": None, "percent": 0},
            {"price": "commission", "amount": None, "percent": 101},
            {"price": "commission", "percent": 5},
        ],
    ),
    "proposal_months": (ProposalVersion, [{"months": 61}]),
    "safeguard_known": (Safeguard, [{"kind": ""}, {"kind": "restore"}]),
}


@standing
def good_rows(connected_share, other_shop, other_agency):
    """One good row at least of each model; the share that is looked at is being reviewed."""
    ExchangeRate.objects.create(currency="GBP", per_euro="0.85", date="2026-11-01", source="test")
    rollups.count()
    medians.count()
    Safeguard.note("backup")
    MailPreference.objects.create(user=UserFactory(), topic="answers", mode="off")
    PersonalFilePart.objects.create(file=PersonalFile.objects.create(user=UserFactory()), number=0, content=b"{}")
    accepted = make_request(other_shop, [other_agency]).shares.get()
    services.accept_share(share_id=accepted.pk, by=owner_of(other_agency), version=1, message="Hello")
    propose(accepted)
    MessageReading.objects.create(share=accepted, by=UserFactory(), upto=1)
    Share.objects.filter(pk=connected_share.pk).update(status="reviewing", accepted_at=None)
    TextReading.objects.create(share=connected_share, by=UserFactory(), version=1)
    shop, partner = connected_share.request.shop, connected_share.partner
    Block.objects.create(shop=shop, partner=partner, side="shop", by=UserFactory())
    for of in ({"shop": shop}, {"partner": partner}):
        own = {"by": UserFactory(), **of}
        HandOver.objects.create(to=UserFactory(), **own)
        token = {"nonce": "0" * 32, "token_hash": f"of {[*of]}", "ends_at": NOW}
        Invitation.objects.create(address="a@b.example", role="viewer", language="en", **token, **own)
    FormerName.objects.create(shop=shop, number=0, name="Lumen")
    PartnerContact.objects.create(partner=partner, name="Petra P", email="petra@example.com")
    CompanyLeaver.objects.create(sign_in=company_sign_in(shop, UserFactory()), digest="0" * 64)


@pytest.mark.parametrize(
    ("name", "model", "changes"),
    [(name, model, changes) for name, (model, bad) in REFUSED.items() for changes in bad],
    ids=lambda value: "" if isinstance(value, type) else None,
)
def test_bad_row_is_refused(name, model, changes, good_rows):
    row = model.objects.order_by("pk").first()

    with pytest.raises(IntegrityError, match=r"(?i)check constraint") as refused, transaction.atomic():
        model.objects.filter(pk=row.pk).update(**changes)

    if connection.vendor == "postgresql" and not name.endswith("_status_known"):  # which others overlap
        assert refused.value.__cause__.diag.constraint_name == name


# What may be there once, made a second time.


def second(row, **changes):
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)


OTHERWISE = {"address": "A@B.example", "token_hash": "another"}


def other_app():
    return SocialApp.objects.create(provider="saml", name="Another")


def other_sign_in(**of):
    return CompanySignIn.objects.create(app=other_app(), **of or {"shop": ShopFactory()})


def copy_of(row):
    row.pk = None
    return row


TWICE = {
    "invitation_token_once": lambda: second(Invitation.objects.first(), address="other@b.example"),
    "invitation_once_shop": lambda: second(Invitation.objects.exclude(shop=None).get(), **OTHERWISE),
    "invitation_once_partner": lambda: second(Invitation.objects.exclude(partner=None).get(), **OTHERWISE),
    "hand_over_once_shop": lambda: second(HandOver.objects.exclude(shop=None).get()),
    "hand_over_once_partner": lambda: second(HandOver.objects.exclude(partner=None).get()),
    "team_log_once_shop": lambda: second(TeamLog.objects.exclude(shop=None).first()),
    "team_log_once_partner": lambda: second(TeamLog.objects.exclude(partner=None).first()),
    "team_event_once": lambda: TeamEvent.objects.bulk_create([copy_of(TeamEvent.objects.first())]),
    "user_email_unique": lambda: User.objects.create_user("Seller@Example.com"),
    "sitepage_once": lambda: second(SitePage.objects.first()),
    "personal_file_once": lambda: second(PersonalFile.objects.first()),
    "personal_file_part_once": lambda: second(PersonalFilePart.objects.first()),
    "notification_once": lambda: second(Notification.objects.first()),
    "category_external_id_unique": lambda: second(category(), name="Another name"),
    "event_once": lambda: Event.objects.bulk_create([copy_of(Event.objects.first())]),
    "mail_preference_once": lambda: second(MailPreference.objects.first()),
    "offer_once": lambda: second(Offer.objects.first()),
    "service_offer_once": lambda: second(ServiceOffer.objects.first()),
    "listing_once": lambda: second(Listing.objects.first()),
    "trait_once": lambda: second(PartnerTrait.objects.first()),
    "partner_member_once": lambda: second(PartnerMember.objects.first(), role="viewer"),
    "shop_member_once": lambda: second(ShopMember.objects.first(), role="viewer"),
    "request_once_a_form": lambda: second(PartnerRequest.objects.first(), reference="SPR-2222222222"),
    "version_once": lambda: second(RequestVersion.objects.first()),
    "share_once": lambda: second(Share.objects.first(), reference="SPS-2222222222"),
    "partner_slot_once": lambda: second(PartnerSlot.objects.first()),
    "confirmed_contact_once": lambda: second(ConfirmedContact.objects.first()),
    "former_name_once": lambda: second(FormerName.objects.first()),
    "block_once": lambda: second(Block.objects.first()),
    "text_reading_once": lambda: second(TextReading.objects.first()),
    "authorisation_one_active": lambda: second(Authorisation.objects.first()),
    "message_once_a_form": lambda: second(Message.objects.first()),
    "message_reading_once": lambda: second(MessageReading.objects.first()),
    "proposal_version_once": lambda: second(ProposalVersion.objects.first()),
    "Proposal.share": lambda: second(Proposal.objects.first()),
    "company_domain_once": lambda: second(CompanyDomain.objects.first(), verified_at=None, verified_by=None),
    "company_domain_verified_once": lambda: second(CompanyDomain.objects.first(), sign_in=other_sign_in()),
    "company_leaver_once": lambda: second(CompanyLeaver.objects.first()),
    "CompanySignIn.shop": lambda: second(CompanySignIn.objects.first(), app=other_app()),
    "CompanySignIn.partner": lambda: [other_sign_in(shop=None, partner=Partner.objects.first()) for _each in range(2)],
    "CompanySignIn.app": lambda: second(CompanySignIn.objects.first(), shop=ShopFactory()),
    "Category.name": lambda: second(category(), external_id="1"),
    "ExchangeRate.currency": lambda: second(ExchangeRate.objects.first()),
    "Partner.slug": lambda: second(Partner.objects.first()),
    "PartnerRequest.reference": lambda: second(PartnerRequest.objects.first(), form_token=uuid.uuid4()),
    "Share.reference": lambda: second(Share.objects.first(), partner=PartnerFactory()),
}


@pytest.mark.parametrize("name", TWICE)
def test_second_row_is_refused(name, good_rows):
    with pytest.raises(IntegrityError, match=r"(?i)unique constraint") as refused, transaction.atomic():
        TWICE[name]()

    if connection.vendor == "postgresql":
        expected = name.lower().replace(".", "_")
        assert expected in refused.value.__cause__.diag.constraint_name


def test_every_constraint_of_the_models_has_its_bad_row():
    models = [model for app in OUR_APPS for model in apps.get_app_config(app).get_models()]
    constraints = {constraint.name: constraint for model in models for constraint in model._meta.constraints}
    unique = {
        f"{model.__name__}.{field.name}"
        for model in models
        for field in model._meta.local_fields
        if field.unique and not field.primary_key and not model.__name__.startswith("Historical")
    }

    checks = {name for name, constraint in constraints.items() if isinstance(constraint, CheckConstraint)}
    assert set(REFUSED) == checks
    assert set(TWICE) == (constraints.keys() - checks) | unique


def test_second_authorisation_may_follow_one_that_ended(connected_share):
    Authorisation.objects.update(ended_at=NOW, end_reason="replaced")

    second(Authorisation.objects.get(), ended_at=None, end_reason="")

    assert Authorisation.objects.count() == 2


def test_several_categories_may_lack_the_platforms_number(db):
    Category.objects.bulk_create([Category(name="Antiques"), Category(name="Garden")])

    assert Category.objects.filter(external_id="").count() >= 2


def test_event_is_never_changed_or_removed(open_request):
    event = open_request.events.first()

    for act in (
        lambda: open_request.events.update(kind="edited"),
        open_request.events.all().delete,
        event.save,
        event.delete,
    ):
        with pytest.raises(TypeError, match="An event is never"):
            act()


@pytest.mark.parametrize("model", [PartnerRequest, Share, User])
def test_row_with_a_history_cannot_be_removed(model, open_request, partner):
    with pytest.raises(Exception, match=r"protected foreign keys|never removed"), transaction.atomic():
        model.objects.order_by("pk").first().delete()


def test_email_differs_from_another_by_more_than_its_case(db):
    UserFactory(email="Name.Surname@Example.com")

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("name.surname@example.COM")
    assert User.objects.get_by_natural_key("NAME.SURNAME@example.com").email == "Name.Surname@example.com"
