"""The admin's pages of people and of their notifications."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.urls import reverse

from accounts import clock
from accounts.models import Notification, User
from tests.cast import login
from tests.factories import PASSWORD, UserFactory, with_second_factor
from tests.staff import allow, messages_of, page

pytestmark = pytest.mark.once

MAY_CHANGE = ("accounts.view_user", "accounts.change_user", "accounts.add_user")


@pytest.fixture
def helper(client, clerk):
    """Staff who may change people, and no more."""
    return login(client, allow(clerk, *MAY_CHANGE))


def form_of(user, **changes):
    posted = {"email": user.email, "name": user.name, "language": "en", "time_zone": "UTC", "is_active": "on"}
    return posted | {"_save": "Save"} | changes


# Adding and finding


def test_person_is_added_without_a_password(desk):
    desk.post(reverse("admin:accounts_user_add"), {"email": "new@example.com", "name": "Nora New"})

    added = User.objects.get(email="new@example.com")
    assert (added.name, added.has_usable_password(), added.is_staff) == ("Nora New", False, False)


@pytest.mark.parametrize("email", ["seller@example.com", "SELLER@Example.com", "nothing", ""])
def test_person_is_not_added_with_a_taken_or_broken_address(desk, seller, email):
    before = User.objects.count()

    response = desk.post(reverse("admin:accounts_user_add"), {"email": email, "name": "Nora"})

    assert response.context["errors"]
    assert User.objects.count() == before


def test_forms_of_the_desk_ask_as_the_others_do(desk, shop):
    added = desk.post(reverse("admin:accounts_user_add"), {}).context["errors"]
    changed = desk.post(page(shop), {"members-TOTAL_FORMS": 0, "members-INITIAL_FORMS": 0}).context["errors"]

    assert "Fill this in." in str(added)
    assert {"Fill this in.", "Choose one."} <= {words for errors in changed for words in errors}
    assert "required" not in f"{added}{changed}"


@pytest.mark.parametrize("word", ["seller@", "sarah"])
def test_people_are_found_by_address_and_name(desk, seller, partner_owner, word):
    response = desk.get(reverse("admin:accounts_user_changelist"), {"q": word})

    assert list(response.context["cl"].result_list) == [seller]


@pytest.mark.parametrize("lookup", ["password__startswith", "name", "mfa__data", "groups__user__password__startswith"])
def test_list_of_people_cannot_be_asked_for_other_fields(desk, lookup):
    assert desk.get(reverse("admin:accounts_user_changelist"), {lookup: "p"}).status_code == 400


@pytest.mark.parametrize("rows", [1, 30])
def test_list_of_people_costs_the_same_for_any_number_of_rows(desk, django_assert_num_queries, rows):
    for _ in range(rows):
        UserFactory()

    with django_assert_num_queries(5):
        desk.get(reverse("admin:accounts_user_changelist"))


# Changing


def test_person_is_changed(helper, seller):
    response = helper.post(page(seller), form_of(seller, name="Sarah Smith", time_zone="Asia/Jakarta"))

    assert response.status_code == 302
    changed = User.objects.get(pk=seller.pk)
    assert (changed.name, changed.time_zone) == ("Sarah Smith", "Asia/Jakarta")


def test_person_is_made_inactive_by_its_page_alone(helper, seller):
    helper.post(page(seller), form_of(seller, is_active=""))
    assert User.objects.get(pk=seller.pk).is_active

    assert "make-inactive" in helper.get(page(seller)).text
    helper.post(page(seller, "make-inactive"))
    assert not User.objects.get(pk=seller.pk).is_active

    helper.post(page(seller, "make-active"))
    assert User.objects.get(pk=seller.pk).is_active


def test_helper_can_make_neither_staff_nor_themself_inactive(helper, staff):
    me = User.objects.get(pk=helper.session["_auth_user_id"])

    for person in (staff, me):
        assert "make-inactive" not in helper.get(page(person)).text
        assert helper.post(page(person, "make-inactive")).status_code == 403

    assert User.objects.filter(pk__in=[staff.pk, me.pk], is_active=True).count() == 2


@pytest.mark.parametrize("changes", [{"time_zone": "Mars/Olympus"}, {"language": "tlh"}])
def test_person_keeps_a_known_zone_and_language(helper, seller, changes):
    response = helper.post(page(seller), form_of(seller, **changes))

    assert list(response.context["adminform"].form.errors) == list(changes)


def test_staff_who_may_change_people_cannot_make_staff(helper, seller):
    group = Group.objects.first()

    helper.post(page(seller), form_of(seller, is_staff="on", is_superuser="on", groups=[group.pk]))

    kept = User.objects.get(pk=seller.pk)
    assert (kept.is_staff, kept.is_superuser, kept.groups.exists()) == (False, False, False)


def test_staff_who_may_change_people_cannot_take_over_an_account(helper, seller):
    """Neither by its address nor by its password."""
    helper.post(page(seller), form_of(seller, email="mine@example.com"))
    url = reverse("admin:auth_user_password_change", args=[seller.pk])
    response = helper.post(url, {"password1": "mine-12345", "password2": "mine-12345"})

    assert response.status_code == 403
    kept = User.objects.get(pk=seller.pk)
    assert kept.email == "seller@example.com"
    assert kept.check_password(PASSWORD)


def test_staff_who_may_change_people_cannot_change_staff(helper, staff):
    response = helper.post(page(staff), form_of(staff, name="Somebody"))

    assert response.status_code == 403
    assert User.objects.get(pk=staff.pk).name == "Stella Staff"


def test_people_are_read_only_without_the_permission(client, clerk, seller):
    login(client, allow(clerk, "accounts.view_user"))

    assert client.get(page(seller)).status_code == 200
    assert client.post(page(seller), form_of(seller, name="X")).status_code == 403
    assert client.get(reverse("admin:accounts_user_add")).status_code == 403


def test_people_are_not_deleted(desk, seller):
    assert desk.post(page(seller, "delete"), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=seller.pk).exists()


def test_new_address_is_to_be_confirmed_anew(desk, seller):
    desk.post(page(seller), form_of(seller, email="sarah@example.com"))

    address = EmailAddress.objects.get(user=seller)
    assert (address.email, address.verified, address.primary) == ("sarah@example.com", False, True)


def test_other_changes_keep_the_address_confirmed(desk, seller):
    desk.post(page(seller), form_of(seller, name="Sarah Smith"))

    assert EmailAddress.objects.get(user=seller).verified


def test_no_page_shows_a_password_or_the_secret_of_a_second_factor(desk, clerk, seller):
    with_second_factor(seller)
    shown = desk.get(page(seller)).content.decode()
    seen = [shown, login(desk, allow(clerk, *MAY_CHANGE)).get(page(seller)).content.decode()]

    for text in seen:
        assert seller.password.rpartition("$")[2] not in text
        assert "JBSWY3DPEHPK3PXP" not in text


def test_pages_of_others_that_show_secrets_are_not_there(desk):
    for path in ("mfa/authenticator/", "account/emailaddress/", "procrastinate/procrastinatejob/"):
        assert desk.get(reverse("admin:index") + path).status_code == 404


def test_changing_ones_password_is_where_it_is_limited(desk):
    assert desk.get(reverse("admin:password_change")).url == reverse("account_change_password")


# Notifications


@pytest.fixture
def failed(seller):
    return Notification.objects.create(
        user=seller,
        source="event:1",
        template="accepted_for_seller",
        context={"shop": "Lumen", "reference": "SPR-2345678923", "planted": "only in the context"},
        path="/requests/SPR-2345678923/",
        mail_attempts=8,
        mail_error="SMTPException",
        next_mail_at=None,
    )


def test_notification_is_shown_without_what_it_said(desk, failed):
    listed = desk.get(reverse("admin:accounts_notification_changelist")).content.decode()
    shown = desk.get(page(failed)).content.decode()

    assert "accepted_for_seller" in listed
    assert "SMTPException" in shown
    assert "only in the context" not in listed + shown


@pytest.mark.parametrize(("state", "count"), [("failed", 1), ("waiting", 0), ("sent", 0)])
def test_notifications_are_listed_by_how_their_mail_stands(desk, failed, state, count):
    response = desk.get(reverse("admin:accounts_notification_changelist"), {"mail": state})

    assert len(response.context["cl"].result_list) == count


def test_failed_mail_is_sent_again(client, clerk, failed):
    login(client, allow(clerk, "accounts.view_notification", "accounts.change_notification"))

    response = client.post(page(failed, "send-again"))

    assert messages_of(response) == ["The mail is in the outbox again."]
    row = Notification.objects.get()
    assert (row.mail_attempts, row.mail_failed) == (0, False)
    assert row.next_mail_at <= clock.now()


def test_mail_is_not_sent_again_without_the_permission(client, clerk, failed):
    login(client, allow(clerk, "accounts.view_notification"))

    assert client.post(page(failed, "send-again")).status_code == 403
    assert Notification.objects.get().mail_failed


def test_mail_that_went_out_is_not_sent_twice(desk, failed):
    Notification.objects.update(mailed_at=clock.now())

    desk.post(page(failed, "send-again"))

    assert Notification.objects.get().next_mail_at is None
    assert mail.outbox == []


def test_notification_is_neither_added_nor_changed_nor_deleted(desk, failed):
    assert desk.get(reverse("admin:accounts_notification_add")).status_code == 403
    assert desk.post(page(failed), {"template": "x", "_save": "Save"}).status_code == 403
    assert desk.post(page(failed, "delete"), {"post": "yes"}).status_code == 403
    assert Notification.objects.get().template == "accepted_for_seller"


@pytest.mark.parametrize("rows", [1, 30])
def test_list_of_notifications_costs_the_same_for_any_number_of_rows(desk, django_assert_num_queries, rows):
    for number in range(rows):
        Notification.objects.create(user=UserFactory(), source=f"event:{number}", template="x", path="/")

    with django_assert_num_queries(5):
        response = desk.get(reverse("admin:accounts_notification_changelist"))

    assert len(response.context["cl"].result_list) == rows


# Groups and rights


def test_group_is_given_permissions_by_ticking_them(desk):
    group = Group.objects.create(name="Night shift")
    codenames = ("view_user", "change_user")
    ticked = [permission.pk for permission in Permission.objects.filter(codename__in=codenames)]

    shown = desk.get(page(group)).content.decode()
    desk.post(page(group), {"name": group.name, "permissions": ticked})

    assert shown.count('name="permissions"') == Permission.objects.count()
    assert "<legend>People | user</legend>" in shown
    assert set(group.permissions.values_list("codename", flat=True)) == set(codenames)


def test_page_of_a_group_costs_the_same_for_any_number_of_permissions(desk, django_assert_num_queries):
    group = Group.objects.get(name="Support")
    desk.get(page(group))

    with django_assert_num_queries(6):
        desk.get(page(group))


def test_superuser_gives_a_person_groups_and_permissions(desk, seller):
    support, permission = Group.objects.get(name="Support"), Permission.objects.get(codename="view_shop")

    desk.post(page(seller), form_of(seller, is_staff="on", groups=[support.pk], user_permissions=[permission.pk]))

    kept = User.objects.get(pk=seller.pk)
    assert kept.is_staff
    assert list(kept.groups.all()) == [support]
    assert list(kept.user_permissions.all()) == [permission]


def test_pages_that_forms_change_lead_to_their_history(desk, seller, shop, open_request):
    rows = (seller, Group.objects.first(), shop, shop.market, open_request)

    lead = ['class="historylink"' in desk.get(page(row)).content.decode() for row in rows]

    assert lead == [True, True, True, True, False]
