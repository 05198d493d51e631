"""What of proposals may be read: what they say leaves the database through here alone.

The partner reads its own while it has the request accepted or connected; the members of the shop read those of their
own request's partners always. Nobody learns of another partner's.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, Prefetch, Q

from accounts import clock
from requests_app import visibility
from requests_app.models import PartnerRequest
from requests_app.proposals.models import Proposal, ProposalVersion
from requests_app.proposals.workflow import ProposalStatus


@dataclass(frozen=True)
class Terms:
    """One version of a proposal."""

    number: int
    at: datetime
    by: str
    services: list  # codes
    price: str
    currency: str
    amount: Decimal | None
    percent: Decimal | None
    included: str
    starts_on: date
    months: int
    valid_until: datetime


@dataclass(frozen=True)
class ShownProposal:
    share: int  # its key
    status: ProposalStatus  # expired from its end on, also where no timer has said so yet
    versions: list  # of Terms, the newest first; the seller's pages read no more than they compare
    chosen_number: int | None

    @property
    def terms(self):
        return self.versions[0]

    @property
    def is_open(self):
        """Return whether it can be chosen."""
        return self.status == ProposalStatus.SENT


def for_partner(viewer, share):
    """Return the share's proposal for a member of its partner, or None: the door."""
    if not visibility.is_member(viewer, share) or not visibility.is_with_partner(share) or not share.is_taken:
        return None
    return _of({share.pk}).get(share.pk)


def for_seller(viewer, request, shares, *, also=None):
    """Return the proposals of these shares of a request for a member of its shop, as {share's key: ShownProposal}.

    Each with its newest version, the one before, and that of the number `also`.
    """
    if not shares or not PartnerRequest.objects.visible_to(viewer).filter(pk=request.pk).exists():
        return {}
    compared = Q(number__gte=F("proposal__number") - 1) | Q(number=also)
    return _of({share.pk for share in shares if share.request_id == request.pk}, compared)


def for_staff(request):
    """Return all proposals on a request, as [(share, ShownProposal)], for where `conversation.reading.for_staff` is."""
    shares = list(request.shares.filter(proposal__isnull=False).select_related("partner").order_by("pk"))
    found = _of({share.pk for share in shares})
    return [(share, found[share.pk]) for share in shares]


def _of(share_ids, *versions):
    read = Prefetch("versions", ProposalVersion.objects.filter(*versions).prefetch_related("created_by"))
    rows = Proposal.objects.filter(share__in=share_ids).prefetch_related(read)
    return {row.share_id: _shown(row) for row in rows}


def _shown(proposal):
    is_over = proposal.is_sent and not proposal.holds_at(clock.now())
    return ShownProposal(
        share=proposal.share_id,
        status=ProposalStatus.EXPIRED if is_over else ProposalStatus(proposal.status),
        versions=[_terms(row) for row in reversed(proposal.versions.all())],
        chosen_number=proposal.chosen_number,
    )


def _terms(row):
    return Terms(number=row.number, at=row.created_at, by=str(row.created_by), **row.terms())


def written_by(user):
    """Return the versions of proposals that the user wrote themselves, for them alone."""
    return ProposalVersion.objects.filter(created_by=user).order_by("pk")
