"""Who is notified of what happens in a team: the person it is about, and the owners; nobody of their own act.

A notification names people by their keys: it outlives the name of who was erased. Mails: templates/emails/team_….
"""

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
from requests_app.teams.sides import side_of


def tell(of, event):
    """Notify whom an event of the log concerns: its person, the owners, and who answers where work is left open."""
    if event.kind == Kind.STEPPED_DOWN:
        _notify(of, event, [event.person], STEPPED_DOWN, role=event.data["role"])
    if event.kind not in NAMES:
        return
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


def tell_of_offer(of, event):
    """Notify the member of a hand-over that was offered to them."""
    _notify(of, event, [event.person], OFFERED, hand_over=event.data["hand_over"])


def tell_of_offer_ended(of, event, hand_over):
    """Notify the other of the two that a hand-over was not made: declined, withdrawn or void."""
    for user, role in ((hand_over.by, "owner"), (hand_over.to, "member")):
        if user.pk != event.by_id and user.is_active and side_of(of).role_of(user, of.pk):
            _notify(of, event, [user], f"{OFFER_ENDED}_for_{role}", how=hand_over.how)


def _users(members, *, but):
    return [member.user for member in members.exclude(user__in=but).select_related("user").order_by("user_id")]


def _notify(of, event, users, template, **said):
    side = side_of(of)
    path = "/" if template == FOR_WHO_LEFT else side.path
    notify(
        users, source=f"{side.kind}:{of.pk}:team:{event.pk}", template=template, path=path, kind=side.kind,
        **{side.kind: of.name}, **said,
    )  # fmt: skip
