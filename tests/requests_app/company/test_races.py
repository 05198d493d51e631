"""Coming in at the same moment as something else, on real connections."""

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from accounts.exceptions import NotAllowed
from accounts.models import User
from requests_app.company import arriving, services
from requests_app.company.arriving import Arrival, arrive
from requests_app.company.claims import Claims
from requests_app.models import ShopMember
from requests_app.sign_ins import OIDC, CompanySignIn
from requests_app.teams import services as teams
from tests.at_once import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ADA = Claims("17", "ada@acme.example", True, "Ada Acme", issuer="http://127.0.0.1:9")


def come(sign_in):
    return lambda: arrive(sign_in_id=sign_in.pk, claims=ADA, language="en")


def test_new_person_in_several_tabs_at_once_is_one_person_who_joins_once(sign_in):
    arrivals = at_once(*[come(sign_in)] * 4)

    [user] = User.objects.filter(email=ADA.email)
    assert {arrival.user for arrival in arrivals} == {user}
    assert sorted(arrival.joined for arrival in arrivals) == [False, False, False, True]
    assert SocialAccount.objects.count() == ShopMember.objects.filter(user=user).count() == 1
    assert EmailAddress.objects.filter(user=user).count() == 1


def test_switching_off_comes_before_or_after(sign_in, staff):
    came, off = at_once(come(sign_in), lambda: services.switch_off(sign_in_id=sign_in.pk, by=staff))

    assert off is None
    assert not CompanySignIn.objects.get().enabled
    assert ShopMember.objects.filter(user__email=ADA.email).exists() is isinstance(came, Arrival)


def test_domain_is_taken_back_before_or_after(sign_in, staff):
    domain = sign_in.domains.get()

    came, back = at_once(come(sign_in), lambda: services.withdraw_domain(domain_id=domain.pk, by=staff))

    assert back is None
    assert ShopMember.objects.filter(user__email=ADA.email).exists() is isinstance(came, Arrival)


def test_domain_that_is_taken_back_while_somebody_comes_in_lets_them_not_in(sign_in, staff, monkeypatch):
    def join_late(*args):
        services.withdraw_domain(domain_id=sign_in.domains.get().pk, by=staff)
        return False

    in_time = arriving._join
    monkeypatch.setattr(arriving, "_join", join_late)
    with pytest.raises(NotAllowed):
        come(sign_in)()
    monkeypatch.setattr(arriving, "_join", in_time)

    assert not User.objects.filter(email=ADA.email).exists()


def test_another_secret_does_not_undo_that_it_was_switched_off(sign_in, staff):
    """Staff have the page open while others switch it off: what the page read before is not saved."""
    read_before = CompanySignIn.objects.get(pk=sign_in.pk)
    services.switch_off(sign_in_id=sign_in.pk, by=staff)

    services.set_up(
        sign_in=read_before,
        by=staff,
        name="Acme",
        protocol=OIDC,
        described={"server_url": "http://127.0.0.1:9"},
        client_id="acme",
        secret="another",
    )

    left = CompanySignIn.objects.get()
    assert (left.enabled, left.app.secret, left.sessions_ended > 0) == (False, "another", True)


def test_who_is_removed_at_the_moment_that_they_come_in_is_no_member(sign_in, owner, acme):
    user = come(sign_in)().user
    member = acme.members.get(user=user)

    came, _removed = at_once(
        come(sign_in), lambda: teams.remove_member(kind="shop", member_id=member.pk, by=owner)
    )  # fmt: skip

    assert (came.user, came.joined) == (user, False)
    assert not acme.members.filter(user=user).exists()


def test_owner_and_staff_at_once_leave_what_one_after_the_other_leaves(sign_in, owner, staff):
    CompanySignIn.objects.update(used_at=sign_in.created_at)

    at_once(
        lambda: services.choose(sign_in_id=sign_in.pk, by=owner, default_role="editor", password_off=True),
        lambda: services.switch_off(sign_in_id=sign_in.pk, by=staff),
    )

    left = CompanySignIn.objects.get()
    assert (left.enabled, left.default_role, left.password_off) == (False, "editor", True)
