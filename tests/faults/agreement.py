"""What the product and the reference model must agree on, after each act of a random life."""

from collections import Counter, defaultdict

from hypothesis.stateful import invariant

from accounts import clock
from accounts.models import Notification
from partners.models import Partner
from requests_app.conversation import reading as conversation
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from requests_app.proposals import reading as proposals
from requests_app.visibility import contact_details, free_text, own_details
from tests import reference

LOOK_EVERY = 6  # steps: at the invariants, which read everything


def agree(what, product, model):
    assert product == model, f"{what}: the product has {product}, the model {model}"


class Agreement:
    """The invariants of a machine with `model`, `partners`, `everybody`, `now`, `steps` and `share(number)`."""

    @invariant()
    def statuses_agree(self):
        requests = PartnerRequest.objects.values_list(
            "pk", "status", "version", "request_type", "headline", "seeking", "unmatched_since", "automatic_referrals",
            "hold", "held_picks",
        )  # fmt: skip
        held = {pk: (*row[:5], row[5] is not None, *row[6:8], row[8] or []) for pk, *row in requests}
        known = {
            key: (
                "open" if known.open else "closed", known.version, "refer" if known.refers else "choose",
                known.headline, known.seeking, known.unmatched, known.tries, known.hold, sorted(known.held_picks),
            )
            for key, known in self.model.requests.items()
        }  # fmt: skip
        agree("requests", held, known)
        shares = Share.objects.values_list("request", "partner", "status", "source")
        known = {
            (key, share.partner, share.status, share.source)
            for key, request in self.model.requests.items()
            for share in request.shares.values()
        }
        agree("shares", set(shares), known)
        held = Share.objects.values_list(
            "request", "partner", "respond_by", "asked_at", "replied_at", "is_extended", "proposal__status",
            "proposal__number", "proposal__chosen_number", "proposal__valid_until",
        )  # fmt: skip
        known = set()
        for (key, partner), share in self.shares().items():
            it = share.proposal
            offered = (it.status, it.number, it.chosen or None, it.until) if it else (None,) * 4
            asked = (share.respond_by, share.asked_at, share.replied_at, share.extended)
            known.add((key, partner, *asked, *offered))
        agree("questions and proposals", set(held), known)
        waits = {key: min(since) for key, since in self.waiting().items() if since}
        asked = PartnerRequest.objects.filter(asked_since__isnull=False).values_list("pk", "asked_since")
        agree("requests asked", dict(asked), waits)
        loads = {partner.pk: self.model.load(partner.pk) for partner in self.partners}
        agree("loads", dict(Partner.objects.values_list("pk", "load")), loads)

    def waiting(self):
        return {
            key: [share.asked_at for share in request.shares.values() if share.is_asked]
            for key, request in self.model.requests.items()
        }

    @invariant()
    def events_agree(self):
        """Each event of a verb, whose it is, and who was notified of it."""
        kinds = {happened.kind for happened in self.model.history}
        notified = defaultdict(set)
        for source, user in Notification.objects.filter(source__startswith="event:").values_list("source", "user"):
            notified[int(source.split(":")[1])].add(user)
        held = Counter(
            (event.request_id, event.kind, event.actor, event.by_id, frozenset(notified[event.pk]))
            for event in Event.objects.filter(kind__in=kinds)
        )
        known = Counter(
            (
                it.request,
                it.kind,
                it.actor,
                it.by and it.by.pk,
                frozenset(one.pk for one in it.told),
            )
            for it in self.model.history
        )
        agree("events", held - known, known - held)

    @invariant()
    def what_one_person_sees_agrees(self):
        """A different one after each step."""
        self.steps += 1
        person = self.everybody[self.steps % len(self.everybody)]
        shares = {
            (key, partner)
            for key, request in self.model.requests.items()
            for partner in request.shares
            if self.model.partner_role(person, partner)
        }
        requests = {key for key, known in self.model.requests.items() if self.model.shop_role(person, known)}
        seen = Share.objects.visible_to(person).values_list("request", "partner")
        agree("shares seen", set(seen), shares)
        seen = PartnerRequest.objects.visible_to(person).values_list("pk", flat=True)
        agree("requests seen", set(seen), requests)
        if found := self.share(self.steps):
            share = Share.objects.select_related("request", "partner").get(request=found[0], partner=found[1])
            request = self.model.requests[found[0]]
            shown = found in shares and self.model.door_is_open(request, request.shares[found[1]])
            agree("contact details", contact_details(person, share) is not None, shown)
            agree("free text", free_text(person, share) is not None, shown)
            is_with = share.status in reference.LIVE and request.open and self.model.partners[found[1]].approved
            read = conversation.for_partner(person, share) is not None
            agree("messages", read, found in shares and is_with)
            agree("messages of the shop", conversation.for_seller(person, share) is not None, found[0] in requests)
            offered = proposals.for_partner(person, share) is not None
            taken = share.status in ("accepted", "connected") and request.shares[found[1]].proposal is not None
            agree("proposal", offered, found in shares and is_with and taken)
            offered = bool(proposals.for_seller(person, share.request, [share]))
            agree(
                "proposal of the shop", offered, found[0] in requests and request.shares[found[1]].proposal is not None
            )
            agree("own details", own_details(person, share.request) is not None, found[0] in requests)

    @invariant()
    def all_holds(self):
        if self.steps % LOOK_EVERY == 0:
            with clock.at(self.now):
                agree("broken invariants", list(offenders()), [])
