"""The mails of teams say what is so, as those of requests do (truth.py): a new sentence is a row of CLAIMS."""

from requests_app.teams.models import HandOver, Invitation, TeamEvent
from requests_app.teams.sides import SIDES
from tests.faults.truth import check_claims, where


class Facts:
    """What stands in the database of a team when a notification about it has been written."""

    def __init__(self, row):
        self.kind, of_id, _team, event = row.source.split(":")
        self.user, self.context = row.user, row.context
        self.of = SIDES[self.kind].model.objects.get(pk=of_id)
        self.event = TeamEvent.objects.get(pk=event)

    def role(self, user_id):
        return SIDES[self.kind].role_of(user_id, self.of.pk)

    def role_words(self, user_id):
        return SIDES[self.kind].member.Role(self.role(user_id)).label if self.role(user_id) else None

    @property
    def own_role(self):
        return self.role_words(self.user.pk)

    @property
    def their_role(self):
        return self.role_words(self.event.person_id)

    @property
    def offer(self):
        return HandOver.objects.get(pk=self.event.data["hand_over"])

    @property
    def waits_on_their_word(self):
        return Invitation.objects.of(self.kind, self.of.pk).pending().filter(by=self.user).exists()


def owns(facts):
    return facts.role(facts.user.pk) == "owner"


# (templates, how the sentence begins, the sentence that must stand there, or None where it must not)
CLAIMS = [
    (("team_joined_for_member",), "Your role there", lambda f: f.own_role and f"Your role there: {f.own_role}."),
    (("team_joined_for_owner",), "Their role", lambda f: f.their_role and f"Their role: {f.their_role}."),
    (("team_role_for_member",), "It is now", lambda f: f.own_role and f"It is now: {f.own_role}."),
    (("team_role_for_owner",), "It is now", lambda f: f.their_role and f"It is now: {f.their_role}."),
    (
        ("team_stepped_down_for_member",),
        "Your role is now",
        lambda f: f.own_role and f"Your role is now: {f.own_role}.",
    ),
    (
        ("team_stepped_down_for_member",),
        "Invitations that waited",
        where(lambda f: not f.waits_on_their_word, "Invitations that waited on your word are withdrawn."),
    ),
    (("team_handed_over_for_member",), "You are an owner of", where(owns, "You are an owner of")),
    (("team_left_for_member",), "You see nothing of it", where(lambda f: not f.own_role, "You see nothing of it")),
    (
        ("team_left_for_owner",),
        "sees nothing of it",
        where(lambda f: not f.their_role and f.event.kind != "erased", "sees nothing of it from now on."),
    ),
    (
        ("team_offered_for_member",),
        "Until you accept",
        where(lambda f: f.offer.ended_at is None and not owns(f), "Until you accept, nothing changes."),
    ),
    (("team_offer_ended_for_owner",), "You stay owner", where(owns, "You stay owner.")),
    (
        ("team_offer_ended_for_owner",),
        "declined",
        where(lambda f: f.offer.how == "declined", "declined."),
    ),
    (
        ("team_offer_ended_for_owner",),
        "withdrew",
        where(lambda f: f.offer.how == "withdrawn", "Another owner withdrew your offer"),
    ),
    (
        ("team_offer_ended_for_owner",),
        "cannot accept any more",
        where(lambda f: f.offer.how == "void", "cannot accept any more: somebody left or has another role."),
    ),
    (
        ("team_offer_ended_for_member",),
        "does not stand any more",
        where(lambda f: f.offer.ended_at is not None, "does not stand any more."),
    ),
]


def check_mail(row, seen):
    check_claims(row, Facts(row), CLAIMS, seen)
