"""What may be seen. Contact details and free text leave the database through `contact_details` and `free_text` alone.

Which rows a person sees is `visible_to(user)` on the querysets; here stands what of them (docs/design.md, Permissions).
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import partial, reduce
from itertools import pairwise
from operator import or_

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.formats import day
from accounts.moment import from_the_primary
from accounts.names import words_of
from accounts.services import addresses_of
from partners.contact import PartnerContact
from partners.models import Category, Partner, PartnerMember
from partners.workflow import PartnerStatus
from requests_app import help_needed
from requests_app.models import Event, PartnerRequest, RequestVersion, Share, TextReading
from requests_app.request_details import RequestDetails
from requests_app.shop_names import SHOWN_SHOP, shop_name
from requests_app.teams.models import TeamEvent


@dataclass(frozen=True)
class ContactDetails:
    subject: str
    contact_email: str
    location: str


@dataclass(frozen=True)
class PartnersContact:
    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class FreeText:
    hot_sale_product: str
    other_details: str


@dataclass(frozen=True)
class BusinessProfile:
    """What a partner sees of a request from the first day and keeps after its end. Amounts are per month."""

    shop: str
    market: str
    services: list[str]  # codes
    start: str  # a code
    company_size: str
    currency: str
    platform_gmv: Decimal
    other_gmv: Decimal | None
    budget: Decimal
    category: str
    version: int

    @property
    def name(self):
        """What the request is called."""
        return help_needed.name_of(self.services, self.category)


@dataclass(frozen=True)
class Difference:
    """One field that changed; `before` and `after` are None where the reader may not see the values."""

    name: str
    label: str
    before: object
    after: object


def door_is_open(share):
    """Return whether the share's partner may have the contact details and free text now (docs/design.md, The door)."""
    return is_with_partner(share) and not hides_contact(share)


def is_with_partner(share):
    """Return whether the share's partner has the request now: live, open, and the partner approved."""
    return share.is_live and share.request.is_open and share.partner.is_approved


def hides_contact(share):
    """Return whether the seller hides the contact details from the share's partner until it accepts.

    What was open from then on is not hidden again by the share's end: its door is closed, the seller's record is not.
    """
    return share.request.hide_contact and share.accepted_at is None


@from_the_primary
def contact_details(viewer, share):
    """Return the contact details of the share's request for a member of its partner, or None.

    The door. The viewer must belong to the share's partner and the share be open for it; staff and sellers have
    `own_details`. Recording that they were opened is `services.open_contact`, which calls this under its lock.
    """
    if not is_member(viewer, share) or not door_is_open(share):
        return None
    details = {name: getattr(share.request, name) for name in RequestDetails.CONTACT_FIELDS}
    return ContactDetails(
        **details | {"contact_email": share.request.shown_email}
    )  # a newer one may be somebody else's


@from_the_primary
def free_text(viewer, share):
    """Return Hot sale product and Other details through the same door, or None.

    People write phone numbers there: that this member was given the text of this version goes on record, once.
    """
    if not may_read_free_text(viewer, share):
        return None
    text = FreeText(**{name: getattr(share.request, name) for name in RequestDetails.FREE_TEXT_FIELDS})
    if text.hot_sale_product or text.other_details:
        _note_once_read(viewer, share, {share.request.version})
    return text


def may_read_free_text(viewer, share):
    """Return whether the viewer may be given the free text now; this alone puts nothing on record."""
    return is_member(viewer, share) and door_is_open(share)


def _note_once_read(viewer, share, versions):
    """Note the reading when the transaction ends in which the page reads; if that fails, the page is not shown."""
    transaction.on_commit(partial(_note_reading, viewer, share, versions))


def _note_reading(viewer, share, versions):
    """Note those of the versions whose text this member has not been shown before."""
    known = TextReading.objects.filter(share=share, by=viewer, version__in=versions).values_list("version", flat=True)
    if new := versions - set(known):
        readings = [TextReading(share=share, by=viewer, version=version) for version in sorted(new)]
        TextReading.objects.bulk_create(readings, ignore_conflicts=True)


def is_member(viewer, share):
    """Return whether the viewer belongs to the share's partner."""
    return viewer.is_authenticated and share.partner.members.filter(user=viewer).exists()


@from_the_primary
def partner_contacts(viewer, request, shares):
    """Return whom a member of the request's shop may write to at the partners of its shares: {partner's id: contact}.

    Given from acceptance until the share ends, while the partner is approved; nobody else reads them.
    """
    taken = [share.partner_id for share in shares if share.is_taken]
    if not taken:
        return {}
    own = PartnerRequest.objects.visible_to(viewer).filter(pk=request.pk)
    rows = PartnerContact.objects.filter(Exists(own), partner__in=taken, partner__status=PartnerStatus.APPROVED)
    return {row.pk: PartnersContact(row.name, row.email, row.phone) for row in rows}


@from_the_primary
def own_contact(viewer, partner):
    """Return the contact that the partner gives, for its own members; None for anyone else, and where it gives none."""
    return PartnerContact.objects.filter(partner=partner, partner__in=Partner.objects.visible_to(viewer)).first()


@from_the_primary
def partner_contacts_of(person):
    """Return the partners' contacts that have one of the person's addresses, as rows, for them alone."""
    own = reduce(or_, (Q(email__iexact=address) for address in addresses_of(person)))
    return PartnerContact.objects.filter(own).order_by("pk").values("partner__name", *PartnerContact.FIELDS)


@from_the_primary
def own_details(viewer, request):
    """Return all that was filled in, as RequestDetails' fields, for those whose request it is; None for anyone else."""
    if not PartnerRequest.objects.visible_to(viewer).filter(pk=request.pk).exists():
        return None
    return request.details()


@from_the_primary
def last_entered(viewer, shop):
    """Return what the shop entered in its newest request and is likely to enter again, by RequestDetails' fields.

    For its members. Without free text; {} for anyone else, for a shop without requests, and where the text was erased.
    Without the currency and its amounts where the shop's currency was changed since: new requests begin with that one.
    """
    own = PartnerRequest.objects.visible_to(viewer).filter(shop=shop).select_related("category")
    own = own.annotate(has_old_currency=Exists(_currency_changes(after=OuterRef("created_at"), shop=OuterRef("shop"))))
    newest = own.defer(*words_of("category")).order_by("-created_at", "-id").first()
    if newest is None or newest.erased_at:
        return {}
    asked_again = (*RequestDetails.CONTACT_FIELDS, *RequestDetails.PROFILE_FIELDS)
    left_out = RequestDetails.IN_CURRENCY if newest.has_old_currency else ()
    return {name: getattr(newest, name) for name in asked_again if name not in left_out}


def _currency_changes(*, shop, after):
    changed = TeamEvent.objects.filter(kind=TeamEvent.Kind.SETTINGS_CHANGED, data__new__currency__isnull=False)
    return changed.filter(log__shop=shop, at__gt=after)


def erased_text(request):
    """Return that and when contact details and free text left the database, as a sentence; "" while they are kept."""
    if not request.erased_at:
        return ""
    return _("Contact details and free text were erased on %(day)s.") % {"day": day(request.erased_at)}


def versions_by(user):
    """Return the versions that the user wrote themselves: their own words, for them alone."""
    return RequestVersion.objects.filter(created_by=user).order_by("request", "number")


def notes_by(user):
    """Return the notes that the user wrote, as rows of reference, time and note, for them alone."""
    events = Event.objects.filter(by=user).order_by("pk")
    ends = [Event.Kind.REJECTED, Event.Kind.WITHDRAWN, Event.Kind.SHARE_CLOSED]
    to_sellers = events.filter(kind__in=ends, actor=Event.Actor.PARTNER).exclude(share__note="")
    of_staff = events.filter(actor=Event.Actor.STAFF)
    of_shares = of_staff.filter(kind=Event.Kind.SHARE_CLOSED).exclude(share__close_note="")
    of_requests = of_staff.filter(kind=Event.Kind.REQUEST_CLOSED).exclude(request__close_note="")
    yield from to_sellers.values("at", reference=F("share__reference"), note=F("share__note")).iterator()
    yield from of_shares.values("at", reference=F("share__reference"), note=F("share__close_note")).iterator()
    yield from of_requests.values("at", reference=F("request__reference"), note=F("request__close_note")).iterator()


def business_profile(share):
    """Return the profile as the partner may see it: current while the share lives, then as it stood when it ended."""
    details = share.request if share.last_version is None else version_of(share.request, share.last_version)
    return BusinessProfile(
        shop=shop_name(share),
        market=str(share.request.sold_in),
        services=details.services,
        start=details.start,
        company_size=details.get_company_size_display(),
        currency=details.currency,
        platform_gmv=details.platform_gmv,
        other_gmv=details.other_gmv,
        budget=details.budget,
        category=str(details.category),
        version=share.last_version or share.request.version,
    )


def with_profiles(shares):
    """Return the queryset of shares, each with the profile's values that lists show and search, as `shown_<name>`.

    Of the version that `business_profile` gives, so that nothing newer than a share's end is shown or found by search.
    Searches compare the category's key, which is not read.
    """
    shown = shares.filter(request__versions__number=Coalesce("last_version", "request__version"))
    compared = shown.alias(shown_category_key=F("request__versions__category"))
    return compared.annotate(
        shown_shop=SHOWN_SHOP,
        shown_market=Coalesce("request__market__name", "request__shop__market__name"),
        shown_market_code=Coalesce("request__market", "request__shop__market"),
        shown_category=F("request__versions__category__name"),
        shown_services=F("request__versions__services"),
        shown_currency=F("request__versions__currency"),
        shown_budget=F("request__versions__budget"),
        shown_version=F("request__versions__number"),
    )


def version_of(request, number):
    """Return the request's version of this number, with its category; raises RequestVersion.DoesNotExist."""
    return RequestVersion.objects.select_related("category").get(request=request, number=number)


def changes_for_partner(viewer, share, *, since=None):
    """Return what changed for this partner since version `since` as Differences; by default since its first one.

    Contact details are only named, never quoted: they are opened on the page, on record. Free text is quoted while the
    door is open.
    """
    text = RequestDetails.FREE_TEXT_FIELDS if may_read_free_text(viewer, share) else ()
    versions = since or share.first_version, share.last_version or share.request.version
    changes = _changes(
        share.request,
        *versions,
        fields=_shown_fields(share.request, versions[0]) if share.is_live else RequestDetails.PROFILE_FIELDS,
        quoted=(*RequestDetails.PROFILE_FIELDS, *text),
    )
    if any(change.name in text for change in changes):
        _note_once_read(viewer, share, set(versions))
    return changes


def _shown_fields(request, since):
    """Return the fields that partners may know to have changed since a version: no address that is not confirmed."""
    if request.confirmed_email and version_of(request, since).contact_email == request.shown_email:
        return [name for name in RequestDetails.FIELDS if name != "contact_email"]
    return RequestDetails.FIELDS


def changes_for_seller(request, *, since):
    """Return what changed from version `since` to the current one, with all values."""
    return _changes(request, since, request.version, fields=RequestDetails.FIELDS, quoted=RequestDetails.FIELDS)


def own_differences(request, details, unread):
    """Return how these values, {name: value}, differ from the request, for those whose request it is.

    What could not be read stands in `unread`, {name: text}, and differs.
    """
    other = RequestVersion(**{**request.details(), **details})
    lines = _differences(request, other, fields=RequestDetails.FIELDS, quoted=RequestDetails.FIELDS)
    return lines + [Difference(name, label_of(name), _shown(request, name), text) for name, text in unread.items()]


def edits_for_seller(request):
    """Return what each version after the first changed, with all values, as {number: [Difference]}."""
    versions = request.versions.select_related("category").order_by("number")
    return {
        after.number: _differences(before, after, fields=RequestDetails.FIELDS, quoted=RequestDetails.FIELDS)
        for before, after in pairwise(versions)
    }


def _changes(request, since, until, *, fields, quoted):
    if since >= until:
        return []
    versions = {
        version.number: version
        for version in request.versions.filter(number__in=[since, until]).select_related("category")
    }
    return _differences(versions[since], versions[until], fields=fields, quoted=quoted)


def _differences(before, after, *, fields, quoted):
    return [
        Difference(
            name,
            label_of(name),
            _shown(before, name) if name in quoted else None,
            _shown(after, name) if name in quoted else None,
        )
        for name in fields
        if getattr(before, name) != getattr(after, name)
    ]


def label_of(name):
    """Return the label that the form has."""
    if name == "platform_gmv":
        return _("%(platform)s sales GMV") % {"platform": settings.PLATFORM_NAME}
    return RequestVersion._meta.get_field(name).verbose_name


def _shown(details, name):
    match name:
        case "services":
            return help_needed.services_text(details.services)
        case "start":
            return help_needed.start_text(details.start)
        case "company_size":
            return details.get_company_size_display()
    value = getattr(details, name)
    return str(value) if isinstance(value, Category) else value


def contact_openings(request):
    """Return the openings of the contact details: the events, newest first, with partner, member and role there now."""
    return _with_role(request.events.filter(kind=Event.Kind.CONTACT_OPENED))


def text_readings(request):
    """Return who was shown the free text of which version, newest first, with partner, member and role there now."""
    return _with_role(TextReading.objects.filter(share__request=request))


def _with_role(rows):
    role = PartnerMember.objects.filter(partner=OuterRef("share__partner"), user=OuterRef("by")).values("role")[:1]
    rows = rows.select_related("share__partner", "by").defer(*words_of("share__partner", "by"))
    return rows.annotate(partner_role=Subquery(role)).order_by("-id")


def visible_share(viewer, reference):
    """Return the share with its request and whether it has a proposal, for a member of its partner.

    Raise Share.DoesNotExist for anyone else.
    """
    return _visible_shares(viewer).get(reference=reference)


def read_again(viewer, share):
    """Return a share that was visible to the viewer as it is now; raise Share.DoesNotExist if it is not any more."""
    return _visible_shares(viewer).get(pk=share.pk)


def _visible_shares(viewer):
    read = ("request__market", "request__shop__market", "request__category", "partner", "proposal")
    return Share.objects.visible_to(viewer).select_related(*read)
