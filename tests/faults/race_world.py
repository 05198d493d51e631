"""The people, partners and requests that are raced about, and the act behind each verb."""

import itertools
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from accounts import clock
from partners import offers
from partners import services as partner_services
from partners.models import Partner
from requests_app import automatic, contacts, erasure, event_chain, holds, services
from requests_app.authorisations import Authorisation
from requests_app.conversation import services as conversation
from requests_app.conversation.models import Message
from requests_app.models import ConfirmedContact, Event, PartnerRequest, RequestVersion, Share, Shop, ShopMember
from requests_app.proposals import services as proposals
from requests_app.proposals.models import Proposal, ProposalVersion
from requests_app.references import new_request_reference, new_share_reference
from tests.factories import (
    PartnerFactory,
    ShopFactory,
    UserFactory,
    add_to_partner,
    add_to_shop,
    category,
    details_of,
    make_request,
    terms_of,
)
from tests.faults import race_model as model

AREAS = {"ads": "view"}
FOREIGN = "desk@elsewhere.example"  # a contact email that is nobody's of the shop


@dataclass
class Person:
    """Who acts in a lane."""

    seller: object
    partner: object


@dataclass
class Thing:
    """A copy of a template."""

    state: str
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    shop: object = None  # its own, or the one it shares with the other thing of its round
    request_id: int = 0
    share_id: int = 0


class World:
    """A shop and two partners with three people each, and a request in each of model.STATES, to be copied."""

    def __init__(self):
        own = uuid.uuid4().hex[:12]  # other worlds may stand beside it
        people = (UserFactory(email=f"{number}-{own}@example.com") for number in itertools.count())
        owners = [next(people) for _lane in range(2)]
        self.owners = owners  # of the shop: one a lane
        self.shop = ShopFactory(owner=owners[0])
        add_to_shop(self.shop, owners[1], "owner")
        editor = add_to_shop(self.shop, next(people), "editor")
        self.partner_owners = [next(people) for _lane in range(2)]
        self.first = PartnerFactory(name=f"First {own}", owner=self.partner_owners[0], capacity=model.CAPACITY)
        add_to_partner(self.first, self.partner_owners[1], "owner")
        reviewer = add_to_partner(self.first, next(people), "reviewer")
        second_owner = next(people)
        self.second = PartnerFactory(name=f"Second {own}", owner=second_owner, capacity=model.CAPACITY)
        self.staff = UserFactory(email=f"staff-{own}@example.com", is_staff=True, is_superuser=True)
        self.people = {  # by the names of the model
            **dict(zip(model.SELLERS, owners, strict=True)),
            **dict(zip(model.PARTNERS, self.partner_owners, strict=True)),
            model.EDITOR: editor,
            model.REVIEWER: reviewer,
            model.SECOND_OWNER: second_owner,
        }
        self.details = details_of(category=category("Shoes"))  # in which neither partner is ever referred
        self.rounds = 0
        self.templates = {name: self._template(name, *way) for name, way in model.STATES.items() if way}

    def person(self, lane):
        return Person(self.owners[lane], self.partner_owners[lane])

    def _template(self, name, days, by_two, acts):
        """What one of model.STATES says was done, done in the product."""
        now, verbs = clock.now(), calls(self)
        (self.shop,) = self.shops_like_ours(1)  # each with few requests, for it may have two with a partner
        with clock.at(now - timedelta(days=days)):
            picks = [self.first, self.second] if by_two else [self.first]
            foreign = {"contact_email": FOREIGN, "confirmed": False} if name in model.UNCONFIRMED else {}
            request = make_request(shop=self.shop, picks=picks, **self.details | foreign)
        share = request.shares.filter(partner=self.first).first()
        thing = Thing("", request.form_token, self.shop, request.pk, share.pk if share else 0)
        for ago, verb in acts:
            with clock.at(now - timedelta(days=ago)):
                assert verbs[verb](thing, self.person(0)) is not False
        return Template(PartnerRequest.objects.get(pk=request.pk))

    def shops_like_ours(self, number):
        """As many further shops with the same people and confirmed contact emails."""
        shops = Shop.objects.bulk_create(copy_of(self.shop) for _each in range(number))
        for held in (ShopMember, ConfirmedContact):
            rows = list(held.objects.filter(shop=self.shop))
            held.objects.bulk_create(copy_of(row, shop_id=shop.pk) for shop in shops for row in rows)
        return shops

    def count_copies(self):
        """The partners have answered for the copies too."""
        for partner in Partner.objects.filter(pk__in=[self.first.pk, self.second.pk]):
            told = Counter(partner.shares.exclude(reject_reason="spam").values_list("events__kind", flat=True))
            partner.load = partner.shares.filter(status__in=["reviewing", "accepted"]).count()
            partner.shares_answered = told["accepted"] + told["rejected"]
            silent = partner.shares.filter(closed_reason="no_response")
            partner.shares_unanswered = silent.count()
            partner.save(update_fields=["load", "shares_answered", "shares_unanswered"])
            offers.refresh([partner])


def copy_of(row, **changes):
    names = [each.attname for each in row._meta.concrete_fields if not each.primary_key]
    return type(row)(**{name: getattr(row, name) for name in names} | changes)


class Template:
    """A request with all that belongs to it."""

    def __init__(self, request):
        self.request = request
        self.versions = list(request.versions.all())
        self.shares = list(request.shares.order_by("pk"))
        self.messages = list(Message.objects.filter(share__request=request).order_by("pk"))
        self.proposals = list(Proposal.objects.filter(share__request=request).prefetch_related("versions"))
        self.grants = list(Authorisation.objects.filter(share__request=request))
        self.events = list(request.events.all())

    def copies(self, things):
        """A request for each of these, of its shop and form token, with events, chained and signed, of its own."""
        blank = {"event_count": 0, "event_mac": "", "event_end": ""}
        requests = PartnerRequest.objects.bulk_create(
            copy_of(
                self.request, reference=new_request_reference(), form_token=thing.token, shop_id=thing.shop.pk, **blank
            )
            for thing in things
        )
        RequestVersion.objects.bulk_create(
            copy_of(version, request_id=request.pk) for request in requests for version in self.versions
        )
        shares = {}
        for share in self.shares:
            made = [copy_of(share, request_id=each.pk, reference=new_share_reference()) for each in requests]
            shares[share.pk] = Share.objects.bulk_create(made)
        for grant in self.grants:
            Authorisation.objects.bulk_create(
                copy_of(grant, share_id=share.pk, shop_id=request.shop_id)
                for share, request in zip(shares[grant.share_id], requests, strict=True)
            )
        self._copy_words(shares)
        events = []
        for number, request in enumerate(requests):
            own = [
                copy_of(event, request_id=request.pk, share_id=event.share_id and shares[event.share_id][number].pk)
                for event in self.events
            ]
            event_chain.extend(request, own)
            events += own
        Event.objects.bulk_create(events)
        PartnerRequest.objects.bulk_update(requests, list(blank), batch_size=500)

    def _copy_words(self, shares):
        """Messages and proposals of the copies of each share."""
        for message in self.messages:
            of = shares[message.share_id]
            for share, made in zip(
                of, Message.objects.bulk_create(copy_of(message, share_id=share.pk) for share in of), strict=True
            ):
                setattr(share, f"{message.side}_message", made.pk)
            Share.objects.bulk_update(of, ["seller_message", "partner_message"], batch_size=500)
        for proposal in self.proposals:
            of = shares[proposal.share_id]
            made = Proposal.objects.bulk_create(copy_of(proposal, share_id=share.pk) for share in of)
            for version in proposal.versions.all():
                ProposalVersion.objects.bulk_create(copy_of(version, proposal_id=row.pk) for row in made)


def calls(world):
    """How each verb is done in the product, by the person of a lane, in a round."""
    first, second = world.first.pk, world.second.pk

    def edited(thing, by, **changes):
        picks = changes.pop("picks", ())
        address = PartnerRequest.objects.values_list("contact_email", flat=True).get(pk=thing.request_id)
        services.edit_request(
            request_id=thing.request_id, by=by.seller, version=1,
            details=world.details | {"contact_email": address} | changes,
            request_type="choose", hide_contact=False, picks=picks,
        )  # fmt: skip

    def suspended(thing, by):
        partner_services.suspend_partner(partner_id=first, by=world.staff)
        for share_id in Share.objects.filter(request__form_token=thing.token, partner=first).values_list(
            "pk", flat=True
        ):
            automatic.close_share_of_suspended_partner(share_id=share_id)

    def submitted(thing, by, token=None):
        services.submit_request(
            shop=thing.shop, by=by.seller, form_token=token or thing.token, details=world.details,
            request_type="choose", picks=[first],
        )  # fmt: skip

    def confirmed(thing, by):
        request = PartnerRequest.objects.get(pk=thing.request_id)
        found = holds.confirm_contact(token=contacts.token_for(request))
        ConfirmedContact.objects.filter(address=FOREIGN).delete()  # or no later round would wait for it
        return found == contacts.State.OPEN

    def second_rejected_as_spam(thing, by):
        share = Share.objects.get(request=thing.request_id, partner=second)
        services.reject_share(share_id=share.pk, by=world.people[model.SECOND_OWNER], reason="spam")

    def proposed(thing, by, seen, months):
        until = clock.now() + timedelta(days=9)
        lane = world.partner_owners.index(by.partner)
        terms = terms_of(months=months + lane, valid_until=until)
        proposals.send_proposal(share_id=thing.share_id, by=by.partner, seen=seen, terms=terms)

    def said(send, thing, by):
        send(share_id=thing.share_id, by=by, text="Shall we talk on Thursday?", token=uuid.uuid4())

    granted = {"areas": AREAS, "days": model.DAYS}
    return {
        "submit": submitted,
        "submit_another": lambda thing, by: submitted(thing, by, uuid.uuid4()),
        "edit": lambda thing, by: edited(thing, by, budget=3000),
        "pick": lambda thing, by: edited(thing, by, picks=[second]),
        "ask_for_referral": lambda thing, by: services.ask_for_referral(request_id=thing.request_id, by=by.seller),
        "try_again": lambda thing, by: automatic.try_again(request_id=thing.request_id),
        "refer": lambda thing, by: services.refer_partner(
            request_id=thing.request_id, partner_id=second, by=world.staff
        ),
        "close_request": lambda thing, by: services.close_request(request_id=thing.request_id, by=by.seller),
        "close_request_as_staff": lambda thing, by: services.close_request(
            request_id=thing.request_id, by=world.staff, staff_reason="other", staff_note="Spam"
        ),
        "request_timer": lambda thing, by: automatic.advance_request(request_id=thing.request_id),
        "erase": lambda thing, by: erasure.erase_request(request_id=thing.request_id),
        "accept": lambda thing, by: services.accept_share(share_id=thing.share_id, by=by.partner, version=1),
        "reject": lambda thing, by: services.reject_share(share_id=thing.share_id, by=by.partner, reason="budget"),
        "reject_as_spam": lambda thing, by: services.reject_share(
            share_id=thing.share_id, by=by.partner, reason="spam"
        ),
        "second_rejects_as_spam": second_rejected_as_spam,
        "release": lambda thing, by: holds.release_request(
            request_id=thing.request_id, by=world.staff, reason="genuine"
        ),
        "confirm": confirmed,
        "withdraw": lambda thing, by: services.withdraw_share(share_id=thing.share_id, by=by.partner, reason="other"),
        "open_contact": lambda thing, by: services.open_contact(share_id=thing.share_id, by=by.partner),
        "authorise": lambda thing, by: services.authorise_share(share_id=thing.share_id, by=by.seller, **granted),
        "authorise_alone": lambda thing, by: services.authorise_share(
            share_id=thing.share_id, by=by.seller, **granted, close_others=True
        ),
        "authorise_by_proposal": lambda thing, by: services.authorise_share(
            share_id=thing.share_id, by=by.seller, **granted, proposal=1
        ),
        "write_as_partner": lambda thing, by: said(conversation.send_as_partner, thing, by.partner),
        "write_as_seller": lambda thing, by: said(conversation.send_as_seller, thing, by.seller),
        "propose": lambda thing, by: proposed(thing, by, 0, 3),
        "propose_again": lambda thing, by: proposed(thing, by, 1, 6),
        "take_back": lambda thing, by: proposals.withdraw_proposal(share_id=thing.share_id, by=by.partner, seen=1),
        "renew": lambda thing, by: services.renew_share(share_id=thing.share_id, by=by.seller, **granted),
        "revoke": lambda thing, by: services.revoke_share(share_id=thing.share_id, by=by.seller),
        "share_timer": lambda thing, by: automatic.advance_share(share_id=thing.share_id),
        "close_share": lambda thing, by: services.close_share(share_id=thing.share_id, by=by.seller),
        "close_as_staff": lambda thing, by: services.close_share_as_staff(
            share_id=thing.share_id, by=world.staff, reason="other"
        ),
        "end": lambda thing, by: services.end_connection(share_id=thing.share_id, by=by.partner, reason="done"),
        "suspend": suspended,
        "availability": lambda thing, by: partner_services.set_availability(
            partner_id=first, by=by.partner, capacity=model.CAPACITY, paused_until=None
        ),
    }  # fmt: skip
