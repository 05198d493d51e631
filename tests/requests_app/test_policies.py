"""Who may do what: each verb and role as in the reference model. Whether the status allows it is test_workflow's."""

import pytest
from django.contrib.auth.models import Permission

from accounts.exceptions import NotAllowed
from accounts.policies import YES, Decision, require
from partners import policies as partner_policies
from partners.models import Partner
from requests_app import policies
from requests_app.models import Share
from requests_app.policies import Standing
from tests import reference

pytestmark = pytest.mark.once

SHOP_VERBS = {
    "submit": policies.may_submit,
    "edit": policies.may_edit,
    "ask_for_referral": policies.may_ask_for_referral,
    "authorise": policies.may_authorise,
    "renew": policies.may_renew,
    "revoke": policies.may_revoke,
    "write_as_seller": policies.may_write_as_shop,
}
PARTNER_VERBS = {
    "accept": policies.may_answer,
    "reject": policies.may_answer,
    "withdraw": policies.may_answer,
    "open_contact": policies.may_open_contact,
    "write_as_partner": policies.may_write_as_partner,
    "propose": policies.may_propose,
    "take_back": policies.may_propose,
}
REASONS = {  # of who lacks the role, by the roles that have it
    ("shop", ("owner", "editor")): policies.OWNER_OR_EDITOR,
    ("shop", ("owner",)): policies.OWNER_ONLY,
    ("partner", ("owner", "reviewer")): policies.REVIEWER_ONLY,
    ("partner", ("owner",)): policies.PARTNER_OWNER_ONLY,
}
VERBS = reference.SHARE_VERBS | reference.REQUEST_VERBS


def standings():
    """(side, role, standing) of every member of the shop and the partner, and of a stranger."""
    for side in ("shop", "partner"):
        yield from ((side, role, Standing(None, **{f"{side}_role": role})) for role in reference.ROLES[side])
    yield "", "", Standing(None)


def answers(policy):
    return {(side, role): policy(standing) for side, role, standing in standings()}


def expected(*names, connected=False, approved=True):
    """What each is answered about these verbs of the reference model, of which each side has one at most."""
    found = {}
    for side, role, _standing in standings():
        of_side = [VERBS[name] for name in names if VERBS[name].by == side]
        if not of_side:
            found[side, role] = policies.NOT_YOURS
        elif not of_side[0].is_of(side, role, connected=connected):
            found[side, role] = REASONS[side, of_side[0].roles_while(connected)]
        else:
            found[side, role] = YES if approved else policies.NOT_APPROVED
    return found


@pytest.mark.parametrize("verb", SHOP_VERBS)
def test_verb_of_the_shop_is_answered_by_role(verb):
    assert answers(SHOP_VERBS[verb]) == expected(verb)


@pytest.mark.parametrize("connected", [False, True])
def test_closing_a_request_is_answered_by_role(connected):
    asked = answers(lambda standing: policies.may_close_request(standing, connected=connected))

    assert asked == expected("close_request", connected=connected)


@pytest.mark.parametrize("status", reference.LIVE)
def test_ending_a_share_is_answered_by_role(status):
    asked = answers(lambda standing: policies.may_close_share(standing, Share(status=status)))

    assert asked == expected("close_share", "end", connected=status == "connected")


@pytest.mark.parametrize("status", reference.PARTNER_STATUSES)
@pytest.mark.parametrize("verb", PARTNER_VERBS)
def test_verb_of_the_partner_is_answered_by_role_and_whether_it_is_approved(verb, status):
    asked = answers(lambda standing: PARTNER_VERBS[verb](standing, Partner(status=status)))

    assert asked == expected(verb, approved=status == "approved")


def test_every_verb_of_members_is_asked_about():
    of_members = {name for name, verb in VERBS.items() if verb.by in ("shop", "partner")}

    assert of_members == {*SHOP_VERBS, *PARTNER_VERBS, "close_request", "close_share", "end"}


STAFF_TABLE = {
    policies.may_refer: "refer_partnerrequest",
    policies.may_close_as_staff: "close_partnerrequest",
    policies.may_open_contact_as_staff: "view_contact_details",
    partner_policies.may_approve: "approve_partner",
    partner_policies.may_suspend: "suspend_partner",
}


@pytest.mark.parametrize("policy", STAFF_TABLE, ids=STAFF_TABLE.values())
def test_staff_verb_needs_its_own_permission_and_being_staff(policy, staff, clerk, seller, django_user_model):
    others = [codename for codename in STAFF_TABLE.values() if codename != STAFF_TABLE[policy]]
    seller.user_permissions.set(Permission.objects.filter(codename=STAFF_TABLE[policy]))
    clerk.user_permissions.set(Permission.objects.filter(codename__in=others))
    staff.is_active = False

    assert [bool(policy(person)) for person in (clerk, seller, staff)] == [False, False, False]
    assert str(policy(clerk).reason).startswith("You need a permission for this")

    clerk.user_permissions.set(Permission.objects.filter(codename=STAFF_TABLE[policy]))
    assert policy(django_user_model.objects.get(pk=clerk.pk)) == YES


def test_profile_and_availability_are_the_owners(
    partner, partner_owner, reviewer, partner_viewer, other_partner, staff
):
    people = (partner_owner, reviewer, partner_viewer, other_partner, staff)

    for policy in (partner_policies.may_change_profile, partner_policies.may_change_availability):
        assert [bool(policy(person, partner)) for person in people] == [True, False, False, False, False]


def test_standing_follows_from_memberships(shop, other_shop, seller, editor, viewer, other_seller, partner_owner):
    people = (seller, editor, viewer, other_seller, partner_owner)

    standings = [policies.standing_in_shop(person, shop.pk).shop_role for person in people]

    assert standings == ["owner", "editor", "viewer", "", ""]


def test_standing_in_partner_follows_from_memberships(partner, partner_owner, reviewer, partner_viewer, other_partner):
    people = (partner_owner, reviewer, partner_viewer, other_partner)

    standings = [policies.standing_in_partner(person, partner).partner_role for person in people]

    assert standings == ["owner", "reviewer", "viewer", ""]


def test_refusal_carries_the_policys_reason():
    require(YES)
    with pytest.raises(NotAllowed) as refused:
        require(Decision("Ask an owner."))

    assert refused.value.message == "Ask an owner."
