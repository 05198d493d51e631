"""Who is notified of what happens in a team: the person it is about, and the owners; nobody of their own act.

The texts name no people: a notification outlives the name of who was erased. Mails: templates/emails/team_….
"""

from accounts.outbox import notify
from requests_app.teams.kinds import ENDING, JOINING, Kind
from requests_app.teams.sides import side_of

# By the kind of an event, what the mail to each side is called: team_<name>_for_<member or owner>.
ALSO_THE_PERSON = frozenset({Kind.JOINED, Kind.LEFT})  # get a receipt of what they did themself
NAMES = (
    dict.fromkeys(JOINING - {Kind.FOUNDED}, "joined")
    | dict.fromkeys(ENDING, "left")
    | {Kind.ROLE_CHANGED: "role", Kind.HANDED_OVER: "handed_over"}
)
OFFERED, OFFER_ENDED = "team_offered_for_member", "team_offer_ended"
OPEN_WORK = "team_open_work_for_member"
FOR_WHO_LEFT = "team_left_for_member"


def tell(of, event, *, left_out=()):
    """Notify whom an event of the log concerns: its person and the owners, without who acted and these user ids."""
    if event.kind not in NAMES:
        return
    said = {"role": event.data.get("role", ""), "how": event.kind}
    acted = {event.by_id} - {None}
    if event.person.is_active and (event.person_id not in acted or event.kind in ALSO_THE_PERSON):
        _notify(of, event, [event.person], f"team_{NAMES[event.kind]}_for_member", **said)
    owners = _users(side_of(of).members(of.pk).active_owners(), but={*acted, event.person_id, *left_out})
    open_work = {"open_work": event.data["open_work"]} if event.data.get("open_work") else {}
    _notify(of, event, owners, f"team_{NAMES[event.kind]}_for_owner", person=event.person_id, **said, **open_work)
    if open_work:
        told = {*(owner.pk for owner in owners), *acted, event.person_id}
        _notify(of, event, _users(side_of(of).members(of.pk).answering(), but=told), OPEN_WORK, **open_work)


def tell_of_offer(of, event):
    """Notify the member of a hand-over that was offered to them."""
    _notify(of, event, [event.person], OFFERED)


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
