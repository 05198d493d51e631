"""Who may do what, as tables: verb x role. Whether the status allows it is test_workflow's."""

import pytest
from django.contrib.auth.models import Permission

from accounts.exceptions import NotAllowed
from accounts.policies import YES, Decision, require
from partners import policies as partner_policies
from partners.models import Partner
from requests_app import policies
from requests_app.models import Share
from requests_app.policies import Standing

STANDINGS = {
    "seller": Standing(None, shop_role="owner"),
    "editor": Standing(None, shop_role="editor"),
    "viewer": Standing(None, shop_role="viewer"),
    "partner_owner": Standing(None, partner_role="owner"),
    "reviewer": Standing(None, partner_role="reviewer"),
    "partner_viewer": Standing(None, partner_role="viewer"),
    "stranger": Standing(None),
}
APPROVED, SUSPENDED, APPLIED = (Partner(status=status) for status in ("approved", "suspended", "applied"))
REASONS = {
    "yes": YES,
    "not_yours": policies.NOT_YOURS,
    "owner_or_editor": policies.OWNER_OR_EDITOR,
    "owner": policies.OWNER_ONLY,
    "reviewer": policies.REVIEWER_ONLY,
    "partner_owner": policies.PARTNER_OWNER_ONLY,
    "not_approved": policies.NOT_APPROVED,
}


def close_request(connected):
    return lambda standing: policies.may_close_request(standing, connected=connected)


def close_share(status):
    return lambda standing: policies.may_close_share(standing, Share(status=status))


def with_partner(policy, partner):
    return lambda standing: policy(standing, partner)


# What each of STANDINGS is answered, in its order.
SHOP_EDITORS = ("yes", "yes", "owner_or_editor", "not_yours", "not_yours", "not_yours", "not_yours")
SHOP_OWNER = ("yes", "owner", "owner", "not_yours", "not_yours", "not_yours", "not_yours")
REVIEWERS = ("not_yours", "not_yours", "not_yours", "yes", "yes", "reviewer", "not_yours")
REVIEWERS_OF_NO_PARTNER = ("not_yours",) * 3 + ("not_approved", "not_approved", "reviewer", "not_yours")
PARTNER_MEMBERS = ("not_yours",) * 3 + ("yes", "yes", "yes", "not_yours")
MEMBERS_OF_NO_PARTNER = ("not_yours",) * 3 + ("not_approved",) * 3 + ("not_yours",)
ENDERS = ("yes", "yes", "owner_or_editor", "yes", "partner_owner", "partner_owner", "not_yours")
ENDERS_OF_A_CONNECTION = ("yes", "owner", "owner", "yes", "partner_owner", "partner_owner", "not_yours")
TABLE = {
    "submit": (policies.may_submit, SHOP_EDITORS),
    "edit": (policies.may_edit, SHOP_EDITORS),
    "ask for referral": (policies.may_ask_for_referral, SHOP_EDITORS),
    "close request": (close_request(connected=False), SHOP_EDITORS),
    "close connected request": (close_request(connected=True), SHOP_OWNER),
    "close reviewing share": (close_share("reviewing"), ENDERS),
    "close accepted share": (close_share("accepted"), ENDERS),
    "close connected share": (close_share("connected"), ENDERS_OF_A_CONNECTION),
    "authorise": (policies.may_authorise, SHOP_OWNER),
    "renew": (policies.may_renew, SHOP_OWNER),
    "revoke": (policies.may_revoke, SHOP_OWNER),
    "answer": (with_partner(policies.may_answer, APPROVED), REVIEWERS),
    "answer while suspended": (with_partner(policies.may_answer, SUSPENDED), REVIEWERS_OF_NO_PARTNER),
    "answer before approval": (with_partner(policies.may_answer, APPLIED), REVIEWERS_OF_NO_PARTNER),
    "open contact": (with_partner(policies.may_open_contact, APPROVED), PARTNER_MEMBERS),
    "open contact while suspended": (with_partner(policies.may_open_contact, SUSPENDED), MEMBERS_OF_NO_PARTNER),
}


@pytest.mark.parametrize("verb", TABLE)
def test_verb_is_answered_by_role(verb):
    policy, expected = TABLE[verb]

    answers = {role: policy(standing) for role, standing in STANDINGS.items()}

    assert answers == {role: REASONS[answer] for role, answer in zip(STANDINGS, expected, strict=True)}


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
