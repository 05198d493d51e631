"""Who is notified of what happens in a team: the person it is about, and the owners; nobody of their own act.

A notification names people by their keys: it outlives the name of who was erased. Mails: templates/emails/team_….
"""

from django.urls import reverse

from accounts import acting
from accounts.outbox import notify
from requests_app.teams.kinds import Actor, Kind
from requests_app.teams.mails import (
    ALSO_THE_PERSON,
    FOR_WHO_LEFT,
    NAMES,
    OFFER_ENDED,
    OFFERED,
    OPEN_WORK,
    STEPPED_DOWN,
)
from requests_app.teams.models import HandOver
from requests_app.teams.sides import OWNER, side_of

SETTINGS = {acting.SHOP: "seller:settings", acting.PARTNER: "portal:profile"}  # the page of the settings


def tell(of, events):
    """Notify whom these events of the log of a shop or partner concern; the last locks of the transaction."""
    for event in events:
        if event.kind in NAMES:
            _tell_of_member(of, event)
        elif event.kind == Kind.STEPPED_DOWN:
            _notify(of, event, [event.person], STEPPED_DOWN, role=event.data["role"])
        elif event.kind == Kind.HAND_OVER_OFFERED:
            _notify(of, event, [event.person], OFFERED, hand_over=event.data["hand_over"])
        elif event.kind == Kind.HAND_OVER_ENDED:
            _tell_of_offer_ended(of, event)


def _tell_of_member(of, event):
    """Notify the person, the owners, and who answers where work is left open."""
    said = {"role": event.data.get("role", ""), "how": event.kind}
    acted = {event.by_id} - {None}
    if event.person.is_active and (event.person_id not in acted or event.kind in ALSO_THE_PERSON):
        _notify(of, event, [event.person], f"team_{NAMES[event.kind]}_for_member", **said)
    if event.actor == Actor.STAFF and event.person.is_staff and event.data["role"]:
        return  # owners read of a member of staff in words of its own (accounts.admin_base)
    owners = _users(side_of(of).members(of.pk).active_owners(), but={*acted, event.person_id})
    open_work = {"open_work": event.data["open_work"]} if event.data.get("open_work") else {}
    _notify(of, event, owners, f"team_{NAMES[event.kind]}_for_owner", person=event.person_id, **said, **open_work)
    if open_work:
        told = {*(owner.pk for owner in owners), *acted, event.person_id}
        _notify(of, event, _users(side_of(of).members(of.pk).answering(), but=told), OPEN_WORK, **open_work)


def _tell_of_offer_ended(of, event):
    """Notify the other of the two, or both, that a hand-over was not made: declined, withdrawn or void.

    Who offered it is told while they are owner; who was made something else reads that in the mail about their role.
    """
    hand_over = HandOver.objects.select_related("by", "to").get(pk=event.data["hand_over"])
    role_of = side_of(of).role_of
    concerned = {"owner": (hand_over.by, role_of(hand_over.by, of.pk) == OWNER)}
    concerned["member"] = (hand_over.to, bool(role_of(hand_over.to, of.pk)))
    for name, (user, is_told) in concerned.items():
        if is_told and user.pk != event.by_id and user.is_active:
            _notify(of, event, [user], f"{OFFER_ENDED}_for_{name}", how=hand_over.how)


def tell_owners_of_settings(of, event, by, **context):
    """Notify the other owners of a changed setting; `by` is who changed it, or None for the platform."""
    tell_of_settings(of, event, of.members.active_owners().exclude(user=by), "settings_changed_for_owner", **context)


def tell_of_settings(of, event, members, template, *, page="", **context):
    """Notify these members of an event of the settings, with a link to the page where they stand, or to `page`."""
    kind = side_of(of).kind
    notify(
        [member.user for member in members.select_related("user").order_by("pk")],
        source=f"{kind}:{of.pk}:settings:{event.pk}",
        template=template,
        path=acting.path_for(page or reverse(SETTINGS[kind]), kind, of.pk),
        **{kind: of.name},
        **context,
    )


def _users(members, *, but):
    return [member.user for member in members.exclude(user__in=but).select_related("user").order_by("user_id")]


def _notify(of, event, users, template, **said):
    side = side_of(of)
    path = "/" if template == FOR_WHO_LEFT else acting.path_for(side.path, side.kind, of.pk)
    notify(
        users, source=f"{side.kind}:{of.pk}:team:{event.pk}", template=template, path=path, kind=side.kind,
        **{side.kind: of.name}, **said,
    )  # fmt: skip
