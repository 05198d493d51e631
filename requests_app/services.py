"""What people do: one function a verb (docs/design.md, Statuses), each one transaction (requests_app.change).

What the platform does by itself stands in requests_app.automatic.

All raise NotAllowed (with the policy's reason) or NotPossible (the state moved on meanwhile); both carry a message for
the person. `by` is the acting user; what they act for follows from their memberships, never from the payload.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, Q
from django.utils.translation import gettext as _

from accounts.exceptions import NotPossible
from accounts.models import User
from accounts.policies import require
from requests_app import availability, contacts, help_needed, limits, policies, screening, visibility
from requests_app.authorisations import Authorisation
from requests_app.change import changing, changing_share, creating, loaded_partners
from requests_app.conversation import writing
from requests_app.exceptions import ClosedToEdits, NewerVersion, OnHold, SubmittedOtherwise, TooManyRequests
from requests_app.models import Event, PartnerRequest, Share, Shop, ShopMember
from requests_app.proposals.services import choose_proposal
from requests_app.reasons import ClosedBy, ClosedReason, RejectReason
from requests_app.sharing import release, share_with_partners
from requests_app.teams import membership
from requests_app.teams.kinds import Kind as TeamKind
from requests_app.workflow import ShareStatus, any_connected

Kind, Actor, Type = Event.Kind, Event.Actor, PartnerRequest.Type
SAME_OPENING = timedelta(minutes=5)


@transaction.atomic
def create_shop(*, by, name, market, currency, language):
    """Return a new shop with `by` as its owner: how a seller signs up. Raise NotAllowed for who is inactive."""
    User.objects.lock_acting(by)
    shop = Shop.objects.create(name=name, market=market, currency=currency, language=language)
    membership.add(shop, by, ShopMember.Role.OWNER, kind=TeamKind.FOUNDED, by=by)
    return shop


# The request


def submit_request(*, shop, by, form_token, details, request_type, hide_contact=False, picks=()):
    """Return a new open request at version 1: shared with the picked partners, or with those the platform refers.

    `details` holds RequestDetails.FIELDS (amounts are Decimals per month in `currency`, `services` up to three codes),
    `picks` the ids of 1 to 10 partners when the seller chooses them. A `form_token` that was used before gives the
    request it made then, or raises SubmittedOtherwise where that says something else. Raise PartnersUnavailable naming
    the picks that cannot be asked, TooManyRequests where the person has submitted REQUESTS_PER_HOUR within the last
    one, and StandsInTheWay naming the shop's requests where it has as many open, or with a partner, as it may. Locks as
    requests_app.change says: the person first, then a young shop, so that two at once are counted one after the other.
    """
    details = _checked(details)
    content = {"details": details, "request_type": request_type, "hide_contact": hide_contact, "picks": set(picks)}
    try:
        return _submit(shop, by, form_token, **content)
    except IntegrityError:  # a colleague submitted the same form at the same time
        if before := submitted_with(form_token, shop=shop, **content):
            return before
        raise


def _checked(details, *, kept=()):
    """Return the details with their help needed in order; raise NotPossible where that cannot be asked for."""
    services = help_needed.checked(details["services"], kept=kept)
    return details | {"services": services, "start": help_needed.checked_start(details["start"])}


def submitted_with(form_token, *, shop, details, request_type, hide_contact, picks):
    """Return the request that this form made already; None where it made none.

    Raise SubmittedOtherwise where the request, as it stands now, says something else than these values.
    """
    request = PartnerRequest.objects.select_related("category").filter(shop=shop, form_token=form_token).first()
    if request is None:
        return None
    asked = {*request.shares.filter(source=Share.Source.PICKED).values_list("partner", flat=True)}
    asked.update(request.held_picks or ())
    same = request.details() == details and request.hide_contact == hide_contact
    same = same and request.request_type == request_type
    if not same or (request_type == Type.CHOOSE and asked != set(picks)):
        raise SubmittedOtherwise(request)
    return request


@transaction.atomic
def _submit(shop, by, form_token, details, request_type, hide_contact, picks):
    User.objects.lock_acting(by)
    role, is_made, is_enough = _asked_before(shop, by, form_token)
    require(policies.may_submit(policies.Standing(by, shop_role=role)))
    chosen = {"request_type": request_type, "hide_contact": hide_contact}
    if is_made:
        return submitted_with(form_token, shop=shop, details=details, picks=picks, **chosen)
    is_young = limits.is_young(shop)
    if is_young or role != ShopMember.Role.OWNER:
        Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
    if role != ShopMember.Role.OWNER:
        _require_owner(shop)
    if is_enough:
        raise TooManyRequests(settings.REQUESTS_PER_HOUR)
    if is_young:
        limits.require_room_of_young(shop)
    made = {"shop": shop, "market": shop.market, "form_token": form_token}
    with creating(by=by, actor=Actor.SELLER, **made, **chosen, **details) as change:
        change.add_version(details)
        change.record(Kind.SUBMITTED, version=1, type=request_type)
        contacts.check(change)
        share_with_partners(change, picks)
    return change.request


def _asked_before(shop, by, form_token):
    """Return the role of the person in the shop, whether this form made a request, and whether they made enough."""
    made = PartnerRequest.objects.filter(shop=shop, form_token=form_token)
    own = ShopMember.objects.filter(user=by, shop=shop)
    row = own.values_list("role", Exists(made), limits.submitted_enough(by)).first()
    return row or ("", False, False)


def _require_owner(shop):
    """Raise NotPossible unless the shop, locked since its last owner may be leaving, has one who can sign in."""
    if not ShopMember.objects.active_owners().filter(shop=shop).exists():
        raise NotPossible(_("%(shop)s has no owner any more, so it cannot submit requests.") % {"shop": shop.name})


def edit_request(*, request_id, by, version, details, request_type, hide_contact, picks=()):
    """Save the next version, and share with more partners or change the request type. `respond_by` does not move.

    `version` is the one the editor started from; raises NewerVersion where somebody saved another since. Partners are
    notified only when a detail changed. Values are as for submit_request; `picks` are partners to add, or while the
    request is on hold all that are to be asked when it is released.
    """
    with changing(request_id, by=by, actor=Actor.SELLER) as change:
        request = change.request
        require(policies.may_edit(policies.standing_in_shop(by, request.shop_id)))
        if not request.is_open:
            raise ClosedToEdits
        if request.version != version:
            raise NewerVersion(
                _("Somebody else changed this request while you were editing it. Nothing was lost: compare and save."),
                seen=version,
                current=request.version,
            )
        details = _checked(details, kept=request.services)
        changed = [name for name in details if getattr(request, name) != details[name]]
        before = request.contact_email
        _apply_edit(change, details, changed, request_type, hide_contact)
        if "contact_email" in changed and contacts.check(change, before=before):
            release(change, picks=set(picks))
        else:
            share_with_partners(change, set(picks))
        return request


def _apply_edit(change, details, changed, request_type, hide_contact):
    request = change.request
    chosen = {"request_type": request_type, "hide_contact": hide_contact}
    reset = [name for name, value in chosen.items() if getattr(request, name) != value]
    for name, value in {**details, **chosen}.items():
        setattr(request, name, value)
    if "category" in changed:
        request.category_id = request.category.pk
    if set(changed) & set(PartnerRequest.MATCHED_ON):
        request.automatic_referrals, request.tries_since = 0, change.at
    if changed:
        request.version += 1
        change.add_version(details)
    if changed or reset:
        change.record(Kind.EDITED, version=request.version, changed=[*changed, *reset])


def ask_for_referral(*, request_id, by):
    """Let the platform refer (further) partners for an open request."""
    with changing(request_id, by=by, actor=Actor.SELLER) as change:
        request = change.request
        require(policies.may_ask_for_referral(policies.standing_in_shop(by, request.shop_id)))
        if not request.is_open:
            raise NotPossible(_("This request is closed. You can request again with its values."))
        if request.hold:
            raise OnHold
        if request.request_type != Type.REFER:
            request.request_type = Type.REFER
            change.record(Kind.EDITED, version=request.version, changed=["request_type"])
        share_with_partners(change, set())
        if not change.events:
            raise NotPossible(_nothing_to_refer(request))
        return request


def _nothing_to_refer(request):
    if request.seeking:
        return _("No suitable partner is free right now. We try again every day and tell you.")
    return _(
        "No further partner can be referred for this request as it is. Edit what it is matched on, or choose partners."
    )


def close_request(*, request_id, by, staff_reason=None, staff_note=""):
    """Close the whole request: every live share and active authorisation ends, nobody is asked any more.

    By the seller; by staff when `staff_reason`, a StaffReason that the seller reads, is given. The note is for staff
    alone.
    """
    actor = Actor.SELLER if staff_reason is None else Actor.STAFF
    with changing(request_id, by=by, actor=actor) as change:
        request = change.request
        change.lock(loaded_partners(request))
        if staff_reason is None:
            standing = policies.standing_in_shop(by, request.shop_id)
            require(policies.may_close_request(standing, connected=any_connected(change.shares.values())))
            change.close_request(ClosedBy.SELLER)
        else:
            require(policies.may_close_as_staff(by))
            request.close_note = staff_note
            change.close_request(ClosedBy.STAFF, stated=staff_reason)
        return request


# Sharing


def refer_partner(*, request_id, partner_id, by):
    """Share an open request with a partner by hand, as staff; it does not count as one of the platform's tries."""
    with changing(request_id, by=by, actor=Actor.STAFF) as change:
        require(policies.may_refer(by))
        if not change.request.is_open:
            raise NotPossible(_("This request is closed: no partner can be asked any more."))
        if change.request.hold:
            raise OnHold
        change.lock({partner_id})
        if not availability.able_to_take(change, {partner_id}):
            if crowded := availability.requests_with(change.request.shop_id, {partner_id}):
                raise availability.enough_with(crowded, to_staff=True)
            if sides := availability.blocked_by(change.request.shop_id, {partner_id}):
                raise NotPossible(availability.block_text(sides))
            raise NotPossible(_("This partner is not approved, paused, fully booked or does not serve the market."))
        if any(share.partner_id == partner_id for share in change.shares.values()):
            raise NotPossible(_("This request was shared with this partner before."))
        share = change.add_share(change.partners[partner_id], source=Share.Source.STAFF)
        change.record(Kind.SHARED, share)
        return share


# The partner's answers


def accept_share(*, share_id, by, version, message="", token=None):
    """reviewing -> accepted. `version` is the one the partner saw; raises NewerVersion where a newer one exists.

    A `message` (at most 2,000 characters) goes to the seller with it; `token` is as for `conversation.services`.
    """
    with changing_share(share_id, by=by, actor=Actor.PARTNER) as (change, share):
        require(policies.may_answer(policies.standing_in_partner(by, share.partner), share.partner))
        if share.status == ShareStatus.REVIEWING and change.request.version != version:
            raise NewerVersion(
                _("The seller changed this request since you opened it. Check what changed and decide again."),
                seen=version,
                current=change.request.version,
            )
        share.accept(at=change.at)
        share.accepted_version = version
        share.partner.note_answer(round((change.at - share.shared_at).total_seconds() / 60))
        change.record(Kind.ACCEPTED, share, version=version, **({"message": True} if message else {}))
        if message:
            writing.write(change, share, message, token=token)
        return share


def reject_share(*, share_id, by, reason, note=""):
    """reviewing -> rejected with a RejectReason; for a referral the platform tries the next.

    As spam it has no successor, counts into no figures of the partner, and may put the request on hold.
    """
    is_spam = reason == RejectReason.SPAM
    with changing_share(share_id, by=by, actor=Actor.PARTNER, try_next=not is_spam) as (change, share):
        require(policies.may_answer(policies.standing_in_partner(by, share.partner), share.partner))
        share.reject(reason=reason, at=change.at)
        share.note = note
        change.record(Kind.REJECTED, share, reason=reason)
        if is_spam:
            screening.note_verdict(change)
        else:
            share.partner.note_answer(round((change.at - share.shared_at).total_seconds() / 60))
        return share


def withdraw_share(*, share_id, by, reason, note=""):
    """accepted -> rejected: the partner takes its acceptance back; for a referral the platform tries the next.

    As spam it has no successor, and may put the request on hold.
    """
    is_spam = reason == RejectReason.SPAM
    with changing_share(share_id, by=by, actor=Actor.PARTNER, try_next=not is_spam) as (change, share):
        require(policies.may_answer(policies.standing_in_partner(by, share.partner), share.partner))
        share.withdraw(reason=reason, at=change.at)
        share.note = note
        change.record(Kind.WITHDRAWN, share, reason=reason)
        if is_spam:
            screening.note_verdict(change)
        return share


def open_contact(*, share_id, by):
    """Return the contact details for a member of the share's partner; each opening is an event the seller reads.

    A double click, or a page that is loaded again within SAME_OPENING, is the same opening, unless the request was
    edited since. Raises NotPossible where the door is shut.
    """
    with changing_share(share_id, by=by, actor=Actor.PARTNER) as (change, share):
        require(policies.may_open_contact(policies.standing_in_partner(by, share.partner), share.partner))
        details = visibility.contact_details(by, share)
        if details is None:
            raise NotPossible(_("The contact details are not available to you now."))
        if not _has_just_opened(change, share):
            change.record(Kind.CONTACT_OPENED, share)
        return details


def _has_just_opened(change, share):
    own = Q(kind=Kind.CONTACT_OPENED, share=share, by=change.by, at__gt=change.at - SAME_OPENING)
    last = change.request.events.filter(own | Q(kind=Kind.EDITED)).order_by("-id").first()
    return last is not None and last.kind == Kind.CONTACT_OPENED


def open_contact_as_staff(*, request_id, by):
    """Return all that the seller filled in, for staff with the permission; an event too."""
    with changing(request_id, by=by, actor=Actor.STAFF) as change:
        require(policies.may_open_contact_as_staff(by))
        change.lock()
        change.record(Kind.CONTACT_OPENED)
        return change.request.details()


# The seller and one partner


def authorise_share(*, share_id, by, areas: Mapping[str, str], days, close_others=False, proposal=None):
    """accepted -> connected with a new authorisation of `areas` ({Area: AccessLevel}) for `days` days.

    `close_others` closes the request's other live shares. `proposal` is the version of the partner's proposal that the
    seller chooses with it; raises NewerProposal where that does not hold (any more).
    """
    with changing_share(share_id, by=by, actor=Actor.SELLER, all_partners=close_others) as (change, share):
        require(policies.may_authorise(policies.standing_in_shop(by, change.request.shop_id)))
        share.authorise(at=change.at, days=days)
        chosen = {"proposal": proposal} if proposal else {}
        if proposal:
            choose_proposal(change, share, proposal)
        authorisation = _grant(change, share, areas, days, proposal)
        change.record(Kind.AUTHORISED, share, areas=dict(areas), days=days, **chosen)
        if close_others:
            for other in change.live_shares(but=share):
                change.close_share(other, ClosedReason.SELLER)
        return authorisation


def renew_share(*, share_id, by, areas: Mapping[str, str], days):
    """connected -> connected: a new authorisation replaces the active one."""
    with changing_share(share_id, by=by, actor=Actor.SELLER) as (change, share):
        require(policies.may_renew(policies.standing_in_shop(by, change.request.shop_id)))
        chosen = share.authorisations.active().values_list("proposal_number", flat=True).first()
        share.renew(at=change.at, days=days)
        change.end_authorisation(share, Authorisation.EndReason.REPLACED)
        authorisation = _grant(change, share, areas, days, chosen)
        change.record(Kind.RENEWED, share, areas=dict(areas), days=days)
        return authorisation


def _grant(change, share, areas, days, proposal=None):
    return Authorisation.objects.create(
        share=share,
        shop_id=change.request.shop_id,
        areas=dict(areas),
        days=days,
        granted_by=change.by,
        granted_at=change.at,
        ends_at=share.authorised_until,
        proposal_number=proposal,
    )


def revoke_share(*, share_id, by):
    """connected -> accepted: the authorisation ends now; the partner keeps the contact."""
    with changing_share(share_id, by=by, actor=Actor.SELLER) as (change, share):
        require(policies.may_revoke(policies.standing_in_shop(by, change.request.shop_id)))
        share.revoke(at=change.at)
        change.end_authorisation(share, Authorisation.EndReason.REVOKED)
        change.record(Kind.REVOKED, share)
        return share


def close_share(*, share_id, by):
    """live -> closed for this partner alone, by the seller."""
    with changing_share(share_id, by=by, actor=Actor.SELLER) as (change, share):
        require(policies.may_close_share(policies.standing_in_shop(by, change.request.shop_id), share))
        change.close_share(share, ClosedReason.SELLER)
        return share


def end_connection(*, share_id, by, reason, note=""):
    """connected -> closed by the partner's owner, with an EndReason and a note that the seller reads."""
    with changing_share(share_id, by=by, actor=Actor.PARTNER) as (change, share):
        require(policies.may_close_share(policies.standing_in_partner(by, share.partner), share))
        if not share.is_connected:
            raise NotPossible(_("You are not connected, so there is no connection to end."))
        share.note = note
        change.close_share(share, ClosedReason.PARTNER_ENDED, stated=reason)
        return share


def close_share_as_staff(*, share_id, by, reason, note=""):
    """live -> closed by staff, with a StaffReason that both sides read; nobody is referred in its place.

    The note is for staff alone.
    """
    with changing_share(share_id, by=by, actor=Actor.STAFF) as (change, share):
        require(policies.may_close_as_staff(by))
        share.close_note = note
        change.close_share(share, ClosedReason.STAFF, stated=reason)
        return share
