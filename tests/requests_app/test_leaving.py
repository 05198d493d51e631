"""Who erases their account, or is made inactive: nothing is left behind, and who cannot sign in does not count."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts import account_mails, mail_preferences, outbox
from accounts import services as account_services
from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import AccountMail, MailPreference, Notification, Topic, User
from accounts.signals import reader_asked
from partners import services as partner_services
from partners.matching_index import Offer
from partners.models import Availability, Partner, PartnerMember
from requests_app import services, tasks
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest, Shop, ShopMember
from tests import figures
from tests.cast import login
from tests.everywhere import in_database
from tests.factories import (
    PartnerFactory,
    UserFactory,
    add_to_partner,
    add_to_shop,
    make_request,
)
from tests.faults import leaving
from tests.staff import page

ROUNDS = 1  # of each pair; `make faults` does many more


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_leaving_beside_any_act_leaves_nothing_behind(db):
    rows = leaving.run(ROUNDS)

    figures.tell("leaving", rows)
    assert [row for row in rows if row[2] not in (None, row[1])] == []


def test_partner_that_nobody_can_answer_for_is_offered_to_nobody(partner, partner_owner, partner_viewer, shop, staff):
    account_services.make_inactive(user_id=partner_owner.pk, by=staff)

    paused = Partner.objects.get(pk=partner.pk)
    assert (paused.availability, paused.is_available) == (Availability.PAUSED, False)
    assert not Offer.objects.filter(partner=partner).exists()
    assert not Partner.objects.available().filter(pk=partner.pk).exists()
    assert not make_request(shop).shares.exists()
    with pytest.raises(NotPossible):
        make_request(shop, [partner])
    assert list(offenders()) == []

    account_services.make_active(user_id=partner_owner.pk, by=staff)

    assert Partner.objects.get(pk=partner.pk).is_available
    assert Offer.objects.filter(partner=partner).exists()
    assert list(offenders()) == []


def test_partner_with_a_reviewer_who_can_sign_in_goes_on(partner, partner_owner, reviewer, staff):
    account_services.make_inactive(user_id=partner_owner.pk, by=staff)

    assert Partner.objects.get(pk=partner.pk).is_available


def test_open_requests_of_a_shop_that_nobody_owns_are_closed(share, shop, seller, editor, staff):
    account_services.make_inactive(user_id=seller.pk, by=staff)
    tasks.close_requests_without_owner.call(shop.pk, staff.pk, by_staff=True)

    request = PartnerRequest.objects.get()
    assert (request.status, request.closed_by) == ("closed", "staff")
    assert request.events.get(kind="request_closed").by == staff
    with pytest.raises(NotPossible, match="no owner"):
        make_request(shop, by=editor)


@pytest.mark.once
@pytest.mark.parametrize("name", ["make-inactive", "make-active"])
def test_page_says_what_will_happen(name, desk, share, shop, seller, partner, partner_owner, staff):
    add_to_partner(partner, seller, "viewer")
    if name == "make-active":
        account_services.make_inactive(user_id=seller.pk, by=staff)

    of_seller = desk.get(page(seller, name)).text
    of_partner = desk.get(page(partner_owner, name), follow=True).text

    if name == "make-inactive":
        assert f"its open requests are closed: {share.request.reference}" in of_seller
        assert "is offered to nobody" not in of_seller
        assert f"{partner.name} keeps its requests, but is offered to nobody" in of_partner
    else:
        assert "can sign in again" in of_seller


@pytest.mark.once
def test_desk_leads_to_those_that_nobody_can_act_for(desk, share, seller, partner_owner, staff):
    for person in (seller, partner_owner):
        account_services.make_inactive(user_id=person.pk, by=staff)

    counts = {task.label: (task.count, task.url) for task in desk.get(reverse("admin:index")).context["desk"]}

    for label, name in (
        ("Partners that nobody can answer for", "Northlight Commerce"),
        ("Shops that nobody can act for", "Lumen Skincare"),
    ):
        count, url = counts[label]
        assert count == "1"
        assert name in desk.get(url).text


@pytest.mark.once_on_postgresql
def test_inactive_owner_is_no_last_owner_nor_contact(share, shop, seller, staff):
    """Neither in the admin's members, nor where another owner becomes the contact."""
    sleeping = add_to_shop(shop, UserFactory(is_active=False), "owner")

    leaving.erased(seller)

    assert not PartnerRequest.objects.open().exists()
    assert ShopMember.objects.get(shop=shop).user == sleeping
    assert Shop.objects.get(pk=shop.pk).nobody_since


@pytest.mark.once_on_postgresql
def test_nobody_is_notified_who_cannot_sign_in(share, shop, partner, reviewer, editor):
    User.objects.filter(pk__in=[reviewer.pk, editor.pk]).update(is_active=False)
    before = set(Notification.objects.values_list("pk", flat=True))

    services.close_request(request_id=share.request_id, by=share.request.created_by)

    told = Notification.objects.exclude(pk__in=before).values_list("user", flat=True)
    assert set(told) == set(PartnerMember.objects.filter(role="owner").values_list("user", flat=True))


@pytest.mark.once
@pytest.mark.parametrize(
    "loses",
    [
        lambda reviewer: reviewer.partner_members.all().delete(),
        lambda reviewer: reviewer.partner_members.update(role="viewer"),
        lambda reviewer: User.objects.filter(pk=reviewer.pk).update(is_active=False),
        lambda reviewer: reviewer.mail_preferences.create(topic=Topic.REQUESTS, mode=MailPreference.Mode.OFF),
    ],
    ids=["removed", "viewer now", "inactive", "topic off"],
)
def test_right_to_be_notified_is_checked_when_the_mail_goes_out(
    loses, shop, partner, reviewer, partner_owner, mailoutbox
):
    make_request(shop, [partner])
    mailoutbox.clear()
    Notification.objects.update(
        mailed_at=None, next_mail_at=Notification.objects.first().created_at, sending_until=None
    )
    loses(reviewer)

    outbox.deliver.call()

    assert reviewer.email not in [to for sent in mailoutbox for to in sent.to]
    assert partner_owner.email in [to for sent in mailoutbox for to in sent.to]


@pytest.mark.once
def test_suspended_partner_is_sent_no_mail_of_its_requests(share, partner, partner_owner, staff, mailoutbox):
    partner_services.suspend_partner(partner_id=partner.pk, by=staff)

    outbox.deliver.call()

    (sent,) = [sent for sent in mailoutbox if sent.to == [partner_owner.email]]
    assert "suspended" in sent.subject
    assert not Notification.objects.filter(next_mail_at__isnull=False).exists()


@pytest.mark.once
def test_mail_about_a_partner_is_not_sent_to_who_left_it(partner, partner_owner, reviewer, staff, mailoutbox):
    partner_services.suspend_partner(partner_id=partner.pk, by=staff)
    reviewer.partner_members.all().delete()

    outbox.deliver.call()

    assert [sent.to for sent in mailoutbox] == [[partner_owner.email]]


@pytest.mark.once
@pytest.mark.parametrize("kind", ["shop", "partner"])
@pytest.mark.parametrize(
    ("loses", "is_mailed"),
    [
        (lambda member: None, True),
        (lambda member: member.delete(), False),
        (lambda member: type(member).objects.filter(pk=member.pk).update(role="viewer"), False),
        (lambda member: User.objects.filter(pk=member.user_id).update(is_active=False), False),
    ],
    ids=["owner", "removed", "viewer now", "inactive"],
)
def test_owners_alone_are_mailed_of_staff_who_joined(loses, is_mailed, kind, shop, partner, staff, mailoutbox):
    of = {"shop": shop, "partner": partner}[kind]
    member = of.members.get()
    admin.site.get_model_admin(type(of))._notify_owners(of, of.members.create(user=staff, role="viewer"))
    assert Notification.objects.get().template == "staff_joined_for_owner"
    loses(member)

    outbox.deliver.call()

    assert [sent.to for sent in mailoutbox] == [[member.user.email]] * is_mailed


@pytest.mark.once
def test_no_mail_goes_out_while_nobody_can_say_who_may_read_it(share, mailoutbox):
    def breaks(sender, person, notifications, **kwargs):
        raise ValueError("a bug")

    reader_asked.connect(breaks)
    outbox.deliver.call()
    reader_asked.disconnect(breaks)

    assert mailoutbox == []
    assert set(Notification.objects.values_list("mail_error", flat=True)) == {"ValueError"}
    assert not Notification.objects.filter(next_mail_at=None).exists()


def test_who_was_looked_up_before_they_were_shut_out_gets_no_row(seller, editor):
    User.objects.filter(pk=editor.pk).update(is_active=False)

    outbox.notify([seller, editor], source="partner:1:approve:1", template="x", path="/")

    assert list(Notification.objects.values_list("user", flat=True)) == [seller.pk]


# What was read before, and is saved afterwards


def test_row_read_before_the_erasing_brings_nobody_back(seller, shop):
    stale = User.objects.get(pk=seller.pk)
    leaving.erased(seller)

    for save in (stale.save, lambda: stale.save(update_fields=["name"]),
                 lambda: account_services.save_person(stale, changed=["name"])):  # fmt: skip
        with pytest.raises(NotAllowed, match="not active"):
            save()
    account_services.choose_language(by=stale, language="de")

    assert list(offenders()) == []
    assert User.objects.get(pk=seller.pk).language == "en"


def test_row_read_before_lets_no_inactive_person_sign_in(seller, shop, staff):
    stale = User.objects.get(pk=seller.pk)
    account_services.make_inactive(user_id=seller.pk, by=staff)

    with pytest.raises(NotAllowed, match="not active"):
        stale.save()


@pytest.mark.postgresql
def test_shop_whose_requests_a_task_is_about_to_close_breaks_no_invariant(share, shop, seller, staff):
    account_services.make_inactive(user_id=seller.pk, by=staff)

    assert tasks.shops_being_closed() == {shop.pk}
    assert PartnerRequest.objects.open().filter(shop=shop).exists()
    assert list(offenders()) == []


@pytest.mark.once
def test_inactive_person_adds_no_shop(seller, shop):
    User.objects.filter(pk=seller.pk).update(is_active=False)

    with pytest.raises(NotAllowed, match="not active"):
        services.create_shop(by=seller, name="Second", market=shop.market, currency="GBP", language="en")


@pytest.mark.once_on_postgresql
@pytest.mark.parametrize("leaves_first", [False, True])
def test_contact_of_an_open_request_is_found_however_it_was_typed(leaves_first, shop, seller, editor, partner):
    owner = add_to_shop(shop, UserFactory(name="Olga Other"), "owner")
    request = make_request(shop, [partner], by=owner, subject="Edith", contact_email="Editor@Example.com")
    if leaves_first:
        editor.shop_members.all().delete()

    leaving.erased(editor)
    outbox.deliver.call()

    kept = PartnerRequest.objects.get(pk=request.pk)
    assert (kept.contact_email, kept.version) == (seller.email, 2)
    assert in_database("editor@example.com") == set()


@pytest.mark.once_on_postgresql
@pytest.mark.parametrize("are_sent", [False, True])
def test_no_account_mail_keeps_an_address_of_an_erased_person(are_sent, seller, shop, editor, mailoutbox):
    address = seller.email
    for template in sorted(account_mails.ANYBODYS - {account_mails.CONFIRM}):
        of = seller if template == account_mails.RESET else None
        outbox.queue_account_mail(address.upper(), template, user=of)
    outbox.queue_account_mail(address, account_mails.RESET, user=editor)  # another's, though it goes to this address
    if are_sent:
        outbox.deliver.call()
    AccountMail.objects.filter(user=editor).update(to=editor.email)

    leaving.erased(seller)
    waiting = set(AccountMail.objects.values_list("template", "to"))
    outbox.deliver.call()

    assert waiting == {(account_mails.LAST, address), (account_mails.RESET, editor.email)}
    assert address in [to for sent in mailoutbox for to in sent.to]
    assert in_database(address) == set()


def test_leftover_of_an_erased_person_is_found(seller, shop):
    leaving.erased(seller)
    User.objects.filter(pk=seller.pk).update(name="Sarah Seller")
    MailPreference.objects.create(user=seller, topic=Topic.ANSWERS, mode="off")

    assert [line for line in offenders() if line.startswith("user")] == [
        f"user {seller.pk}: erased, but details are left",
        f"user {seller.pk}: erased, but has rows of accounts.MailPreference",
    ]


# In the admin


def members_form(shop, *rows):
    """What the page of a shop sends with these rows of members: (member or None, user, role)."""
    sent = {"name": shop.name, "market": shop.market_id, "currency": shop.currency, "language": shop.language}
    sent |= {"members-TOTAL_FORMS": len(rows), "members-INITIAL_FORMS": sum(bool(row[0]) for row in rows)}
    for number, (member, user, role) in enumerate(rows):
        named = {"id": member.pk if member else "", "shop": shop.pk, "user": user.pk, "role": role}
        sent |= {f"members-{number}-{name}": value for name, value in named.items()}
    return sent


@pytest.mark.once
def test_who_was_erased_is_made_no_member(desk, shop, seller, editor):
    leaving.erased(editor)
    owner = shop.members.get()

    answer = desk.post(page(shop), members_form(shop, (owner, seller, "owner"), (None, editor, "editor")))

    assert "They cannot sign in." in answer.text
    assert shop.members.get() == owner


@pytest.mark.once
def test_shop_whose_owner_is_inactive_can_still_be_corrected(desk, shop, seller, staff):
    account_services.make_inactive(user_id=seller.pk, by=staff)
    owner = shop.members.get()

    desk.post(page(shop), members_form(shop, (owner, seller, "owner")) | {"name": "Lumen Skin"})

    assert Shop.objects.get(pk=shop.pk).name == "Lumen Skin"


@pytest.mark.once
@pytest.mark.parametrize("verb", ["approve", "reinstate"])
def test_partner_without_an_owner_who_can_sign_in_is_not_offered(verb, staff):
    partner = PartnerFactory(status={"approve": "applied", "reinstate": "suspended"}[verb])
    User.objects.filter(partner_members__partner=partner).update(is_active=False)

    with pytest.raises(NotPossible, match="no owner who can sign in"):
        getattr(partner_services, f"{verb}_partner")(partner_id=partner.pk, by=staff)


@pytest.mark.once
def test_unsubscribe_link_of_an_erased_person_makes_no_row(client, seller, shop):
    link = reverse("accounts:unsubscribe", args=[mail_preferences.unsubscribe_token(seller, [Topic.values[0]])])
    leaving.erased(seller)

    assert client.get(link).status_code == 404
    assert client.post(link).status_code == 404
    with pytest.raises(NotAllowed):
        mail_preferences.save_mail_preferences(by=seller, modes={Topic.values[0]: MailPreference.Mode.OFF})
    assert not MailPreference.objects.exists()


def test_what_is_noted_wrongly_is_found(share, shop, partner):
    Partner.objects.filter(pk=partner.pk).update(nobody_since=share.shared_at)
    Shop.objects.filter(pk=shop.pk).update(nobody_since=share.shared_at)

    found = [line for line in offenders() if "since" in line]

    assert [line.partition(":")[0] for line in found] == [f"partner {partner.pk}", f"shop {shop.pk}"]


def test_open_request_without_an_owner_is_found(share, seller):
    User.objects.filter(pk=seller.pk).update(is_active=False)

    assert f"{share.request.reference}: open, but its shop has no owner who can sign in" in list(offenders())


@pytest.mark.once
def test_inactive_person_can_act_no_more(client, share, seller, partner_owner):
    User.objects.update(is_active=False)

    for act in (
        lambda: services.close_request(request_id=share.request_id, by=seller),
        lambda: services.accept_share(share_id=share.pk, by=partner_owner, version=1),
        lambda: make_request(share.request.shop, by=seller),
    ):
        with pytest.raises(NotAllowed, match="not active"):
            act()
    assert login(client, seller).get("/requests/").status_code == 302
