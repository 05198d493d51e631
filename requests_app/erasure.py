"""Personal text leaves the database: after its time, and when a person erases their account (docs/privacy.md).

It stands on rows, versions and notes alone. Events hold none: they stay, and gain a line that says it was erased. Each
function is one transaction on one request and may run twice.
"""

from calendar import monthrange
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.acting import SHOP
from accounts.models import User
from accounts.services import addresses_of, forget_person, shut_out
from partners.contact import PartnerContact
from partners.models import Partner, PartnerMember
from partners.services import lock_partner, suspend_without_owner
from requests_app import automatic
from requests_app.change import changing
from requests_app.conversation.models import Message, MessageReading
from requests_app.former_names import FormerName
from requests_app.models import ConfirmedContact, Event, PartnerRequest, RequestVersion, Share, Shop, ShopMember
from requests_app.proposals.models import ProposalVersion
from requests_app.request_details import RequestDetails
from requests_app.sign_ins import CompanyLeaver
from requests_app.teams import invitations, log, membership, telling
from requests_app.teams.kinds import Kind as MemberKind
from requests_app.teams.models import Invitation
from requests_app.teams.sides import SIDES

Kind, Actor = Event.Kind, Event.Actor
NOTHING = dict.fromkeys(RequestDetails.PRIVATE_FIELDS, "")
PERSON = ("subject", "contact_email")  # of the contact details, what is of one person


# After its time


def due(at):
    """Return the closed requests whose contact details and free text have been kept long enough at that time."""
    since = _months_before(at, settings.KEEP_CONTACT_MONTHS)
    return PartnerRequest.objects.filter(erased_at=None, closed_at__lte=since)


def erase_request(*, request_id):
    """Empty the contact details, free text and notes of a closed request, in all versions; return if it was due.

    Likewise its messages, and what proposals say in words.
    """
    with changing(request_id, by=None, actor=Actor.PLATFORM) as change:
        request = change.request
        if request.is_open or request.erased_at:
            return False
        change.lock()
        for name in RequestDetails.PRIVATE_FIELDS:
            setattr(request, name, "")
        request.close_note, request.erased_at = "", change.at
        _forget_contacts(request)
        request.versions.update(**NOTHING)
        request.considered_lists.all().delete()  # whether a partner's city was named says something of the Location
        request.shares.exclude(note="", close_note="").update(note="", close_note="")
        _empty_words(request)
        change.record(Kind.ERASED)
        return True


def _empty_words(request, **of):
    """Empty messages and what proposals say in words, all of a locked request, or one person's; return how many."""
    messages, versions = _words(**of)
    messages = messages.filter(share__request=request).update(text="")
    return messages + versions.filter(proposal__share__request=request).update(included="")


def _words(*, by=None):
    """Return (messages, versions of proposals) that hold a text, of everybody or of one person."""
    messages, versions = Message.objects.exclude(text=""), ProposalVersion.objects.exclude(included="")
    return (messages.filter(by=by), versions.filter(created_by=by)) if by else (messages, versions)


def _forget_contacts(request):
    """Forget the confirmed addresses of the request's shop that none of its other texts names any more."""
    own = RequestVersion.objects.filter(request__shop=request.shop_id, contact_email__iexact=OuterRef("address"))
    request.shop.confirmed_contacts.filter(~Exists(own.exclude(request=request))).delete()


def _months_before(moment, months):
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


# When a person leaves


def leaving(user):
    """Return what erasing the account will end: shops and partners without another owner, and their open requests."""
    shops = [shop for shop in Shop.objects.filter(members__user=user) if _is_last_owner(ShopMember, user, shop=shop)]
    partners = Partner.objects.filter(members__user=user)
    return {
        "shops": shops,
        "requests": list(PartnerRequest.objects.open().filter(shop__in=shops).order_by("id")),
        "partners": [partner for partner in partners if _is_last_owner(PartnerMember, user, partner=partner)],
    }


def erase_person(*, user_id):
    """Erase a person who asked for it: all that ends with them first, then their texts, then who they are.

    Open requests of a shop whose last owner they are, are closed; where other owners remain, one of them becomes the
    contact. What must stay (who did what when) stays under a name that says nothing. May be killed and run again.
    """
    shut_out(user_id=user_id)
    user = User.objects.get(pk=user_id)
    ending = leaving(user)
    for request in ending["requests"]:
        automatic.close_request_without_owner(request_id=request.pk, by=user, actor=Actor.SELLER)
    for partner in ending["partners"]:
        suspend_without_owner(partner_id=partner.pk)
    addresses = addresses_of(user)
    for request in _requests_of(user, addresses, ending["shops"]):
        if request.is_open and not _hand_over(request.pk, user, addresses):
            automatic.close_request_without_owner(request_id=request.pk, by=user, actor=Actor.SELLER)
        erase_request(request_id=request.pk)
    ConfirmedContact.objects.filter(_is_one_of("address", addresses)).delete()
    ended = Q(partner__in=[partner.pk for partner in ending["partners"]])
    found = PartnerContact.objects.filter(_is_one_of("email", addresses) | ended).order_by("pk")
    for partner_id in list(found.values_list("pk", flat=True)):
        _forget_contact(partner_id, found)
    for share_id, request_id in _noted_by(user):
        _erase_note(request_id, share_id)
    for request_id in _written_on_by(user):
        _erase_words(request_id, user)
    MessageReading.objects.filter(by=user).delete()
    for kind, side in SIDES.items():
        for of_id in side.member.objects.filter(user=user).order_by("pk").values_list(f"{kind}_id", flat=True):
            _end_membership(side, of_id, user)
    _forget_invitations(addresses)
    CompanyLeaver.objects.remember(user)
    forget_person(user_id=user.pk)


def _is_last_owner(members, user, **of):
    """Return whether they own it and nobody else does who can sign in. They themself may be inactive already."""
    owned = members.objects.filter(**of)
    is_owner = owned.filter(user=user, role=members.Role.OWNER).exists()
    return is_owner and not owned.active_owners().exclude(user=user).exists()


def _requests_of(user, addresses, shops):
    """Return those they submitted, edited or are the contact of, and all of the shops that end with them."""
    own = Q(created_by=user) | Q(versions__created_by=user) | Q(shop__in=shops)
    own |= Q(shop__in=_ever_in(user)) & _is_one_of("versions__contact_email", addresses)
    return PartnerRequest.objects.filter(own).order_by("id").distinct()


def _ever_in(user):
    """Return the ids of the shops that they belong to, or have belonged to."""
    before = ShopMember.history.filter(user=user.pk).values_list("shop", flat=True)
    return {*before, *user.shop_members.values_list("shop", flat=True)}


def _is_one_of(field, addresses):
    """Return the condition that the field holds one of the addresses, in capital or small letters."""
    return reduce(or_, (Q(**{f"{field}__iexact": address}) for address in addresses))


def _hand_over(request_id, user, addresses):
    """Make another owner the contact of an open request where they are; partners are notified, as of an edit.

    Return whether there is such an owner: the request is closed otherwise, if it is still open.
    """
    with changing(request_id, by=None, actor=Actor.PLATFORM) as change:
        request = change.request
        change.lock()
        owner = _another_owner(request.shop_id, user)
        if not request.is_open or owner is None:
            return False
        if request.contact_email.lower() in {address.lower() for address in addresses}:
            request.subject, request.contact_email = str(owner)[:120], owner.email
            request.confirmed_email = ""
            request.version += 1
            RequestVersion.objects.create(
                request=request, number=request.version, created_at=change.at, **request.details()
            )
            change.record(Kind.EDITED, version=request.version, changed=list(PERSON))
        if request.confirmed_email.lower() in {address.lower() for address in addresses}:
            request.confirmed_email = owner.email
            change.touch()
        if request.versions.filter(_is_one_of("contact_email", addresses)).update(**dict.fromkeys(PERSON, "")):
            change.record(Kind.ERASED)
        return True


def _another_owner(shop_id, user):
    """Return an owner who can sign in, or None."""
    owners = ShopMember.objects.active_owners().filter(shop=shop_id).exclude(user=user)
    owner = owners.select_related("user").order_by("id").first()
    return owner and owner.user


def _noted_by(user):
    """Return the shares with a note that they may have written, as [(share id, request id)]."""
    ends = [Kind.REJECTED, Kind.WITHDRAWN, Kind.SHARE_CLOSED]
    noted = Event.objects.filter(by=user, kind__in=ends).exclude(share__note="", share__close_note="")
    return list(noted.order_by("request").values_list("share", "request").distinct())


def _erase_note(request_id, share_id):
    with changing(request_id, by=None, actor=Actor.PLATFORM) as change:
        change.lock()
        noted = Share.objects.filter(pk=share_id).exclude(note="", close_note="")
        if noted.update(note="", close_note=""):
            change.record(Kind.ERASED)


def _written_on_by(user):
    """Return the keys of the requests with a message or a proposal that they wrote."""
    messages, versions = _words(by=user)
    of_messages = messages.order_by().values_list("share__request")
    of_versions = versions.order_by().values_list("proposal__share__request")
    return sorted(pk for (pk,) in of_messages.union(of_versions))


def _erase_words(request_id, user):
    with changing(request_id, by=None, actor=Actor.PLATFORM) as change:
        change.lock()
        if _empty_words(change.request, by=user):
            change.record(Kind.ERASED)


@transaction.atomic
def _forget_contact(partner_id, found):
    """Erase the partner's contact if it is among those found still, with its line in the log; its owners are told.

    The platform does it: the log does not say because of whom.
    """
    partner = lock_partner(partner_id)
    if found.filter(pk=partner_id).delete()[0]:
        event = log.record(partner, MemberKind.SETTINGS_CHANGED, by=None, changed=["contact"])
        telling.tell_owners_of_settings(partner, event, None, changed=["contact"], erased=True)


@transaction.atomic
def _end_membership(side, of_id, user):
    """End the person's membership, with its line in the team's log; nobody can have made them a member since."""
    User.objects.lock([user.pk])
    of = side.lock(of_id)
    member = side.members(of_id).select_related("user").filter(user=user).first()
    events = membership.end(of, member, kind=MemberKind.ERASED, by=user) if member else []
    if side.kind == SHOP:
        _forget_empty_shop(of_id)
    telling.tell(of, events)


def _forget_invitations(addresses):
    """End the invitations of the person's addresses as those whose time is over, and forget the addresses.

    Without a line in the team's log: it would tell who invited that there was an account, and that it was erased.
    """
    found = Invitation.objects.filter(_is_one_of("address", addresses))
    for invitation in found.pending().order_by("pk"):
        with transaction.atomic():
            SIDES[invitation.kind].lock(invitation.of_id)
            invitations.end_by_time(Invitation.objects.filter(pk=invitation.pk))
    found.exclude(ended_at=None).update(address="")


def _forget_empty_shop(shop_id):
    """Take the name off a shop without members: it is nobody's any more, and may have been the person's name."""
    if not ShopMember.objects.filter(shop=shop_id).exists():
        nameless = {"name": f"Shop {shop_id}", "nobody_since": None}
        Shop.objects.filter(pk=shop_id).update(**nameless)
        Shop.history.filter(id=shop_id).update(**nameless)
        FormerName.objects.filter(shop=shop_id).delete()
