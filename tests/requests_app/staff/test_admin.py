"""The admin's pages of requests and shares: what they show, what they never show, and each verb with its permission."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.html import escape

from requests_app import services
from requests_app.models import Event, PartnerRequest, Share
from requests_app.staff.groups import GROUPS
from tests.cast import login
from tests.factories import PartnerFactory, ShopFactory, UserFactory, make_request, owner_of
from tests.staff import allow, page, told

VIEW = ("requests_app.view_partnerrequest", "requests_app.view_share")
SECRETS = {
    "subject": "Zebulon Quagmire",
    "contact_email": "zebulon@quagmire.example",
    "location": "Backyard 77, Nowhere-on-Sea",
    "hot_sale_product": "Ointment of Xanthippe",
    "other_details": "Call me on 0999 123456, ask for Zeb",
}
NOTE = "Ring our Mr Thistlewick on 0888 654321"
REASON = "Asked by Mrs Periwinkle on the phone"


@pytest.fixture
def secret_request(shop, partner, other_agency, other_partner):
    """Edited, so that a version holds secrets too; rejected by one partner with a note."""
    request = make_request(shop, [partner, other_agency], **SECRETS)
    rejected = request.shares.get(partner=other_agency)
    services.reject_share(share_id=rejected.pk, by=other_partner, reason="other", note=NOTE)
    services.edit_request(
        request_id=request.pk,
        by=owner_of(shop),
        version=1,
        details=request.details() | {"subject": "Zebulon the Second", "budget": 2500},
        request_type="choose",
        hide_contact=False,
    )
    return PartnerRequest.objects.get(pk=request.pk)


@pytest.fixture
def unmatched(shop):
    """Waits in the queue: the one partner that fitted had no capacity, and another's currency has no rate."""
    fitting = PartnerFactory(name="Kestrel <b>Live</b>")
    request = make_request(shop, budget=900)
    PartnerFactory(name="Rateless", currency="JPY", smallest_budget=100)
    services.reject_share(share_id=request.shares.get().pk, by=owner_of(fitting), reason="no_capacity")
    return PartnerRequest.objects.get(pk=request.pk)


# Getting in


def test_admin_sends_who_is_signed_out_to_sign_in(client, db):
    response = client.get(reverse("admin:index"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_admin_refuses_who_is_not_staff(client, seller):
    response = login(client, seller).get(reverse("admin:index"), follow=True)

    assert response.status_code == 403


def test_admin_asks_staff_for_a_second_factor(client, db):
    bare = UserFactory(is_staff=True, is_superuser=True)

    response = login(client, bare).get(reverse("admin:requests_app_partnerrequest_changelist"))
    response = client.get(response.url)

    assert response.url == reverse("mfa_index")
    assert told(response) == ["Staff sign in with two steps. Set up the second one here, then go back to the admin."]


def test_admin_asks_nobody_for_a_second_factor_in_the_demo(client, settings, db):
    settings.STAFF_NEED_SECOND_FACTOR = False

    response = login(client, UserFactory(is_staff=True)).get(reverse("admin:index"))

    assert response.status_code == 200


def test_admin_has_our_own_models_and_groups_alone(db):
    assert {model._meta.label for model in admin.site._registry} == {
        "accounts.User",
        "accounts.Notification",
        "auth.Group",
        "partners.Market",
        "partners.Category",
        "partners.ExchangeRate",
        "accounts.FailedTask",
        "partners.Partner",
        "requests_app.Shop",
        "requests_app.PartnerRequest",
        "requests_app.Share",
    }


# Reading


def test_request_page_shows_partners_versions_and_history(desk, connected_share):
    text = desk.get(page(connected_share.request)).content.decode()

    for shown in (
        "Northlight Commerce",
        connected_share.reference,
        "£2,000",
        "Products (view)",
        "Authorisation granted",
    ):
        assert shown in text
    assert "Seller: Sarah Seller" in text
    assert "Partner: Petra Partner" in text


def test_pages_show_times_and_what_is_empty_in_one_way(desk, open_request, share, partner):
    for row in (open_request, open_request.shop, share, partner):
        shown = desk.get(page(row)).content.decode()
        assert re.search(r"[ap]\.m\.|>-<", shown) is None
        assert re.search(r"[A-Z][a-z]{2} \d+ [A-Z][a-z]{2}(?: \d{4})?, \d\d:\d\d", shown)


def test_share_page_shows_why_it_was_referred(desk, shop):
    PartnerFactory(name="Kestrel Live")
    share = make_request(shop).shares.get()

    text = desk.get(page(share)).content.decode()

    assert escape("Specialises in Beauty & Personal Care") in text


@pytest.mark.parametrize(("word", "found"), [("lum", 1), ("skincare", 1), ("umen", 0), ("ann.whitfield", 0)])
def test_request_list_searches_shop_names_by_word_beginnings(desk, open_request, word, found):
    response = desk.get(reverse("admin:requests_app_partnerrequest_changelist"), {"q": word})

    assert len(response.context["cl"].result_list) == found


def test_request_list_searches_references_of_requests_and_shares(desk, share, other_shop, other_agency):
    make_request(other_shop, [other_agency])

    for reference in (share.reference, share.request.reference.lower(), share.request.reference[:8]):
        response = desk.get(reverse("admin:requests_app_partnerrequest_changelist"), {"q": reference})
        assert list(response.context["cl"].result_list) == [share.request]


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("partnerrequest", "contact_email__startswith"),
        ("partnerrequest", "subject"),
        ("partnerrequest", "versions__location__contains"),
        ("share", "note__contains"),
        ("share", "request__other_details__contains"),
    ],
)
def test_list_cannot_be_asked_for_what_no_page_shows(desk, secret_request, model, lookup):
    response = desk.get(reverse(f"admin:requests_app_{model}_changelist"), {lookup: "Z"})

    assert response.status_code == 400


@pytest.mark.parametrize(("key", "code"), [("q", 200), ("status__exact", 400)])
def test_null_bytes_do_no_harm(desk, open_request, key, code):
    response = desk.get(reverse("admin:requests_app_partnerrequest_changelist"), {key: "open\0"})

    assert response.status_code == code


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize(("model", "queries"), [("partnerrequest", 6), ("share", 5), ("shop", 6)])
def test_list_costs_the_same_for_any_number_of_rows(desk, django_assert_num_queries, rows, model, queries):
    for _ in range(rows):
        make_request(ShopFactory(), [PartnerFactory()])

    with django_assert_num_queries(queries):
        response = desk.get(reverse(f"admin:requests_app_{model}_changelist"))

    assert len(response.context["cl"].result_list) == rows


@pytest.mark.parametrize("rows", [1, 9])
def test_request_page_costs_the_same_for_any_number_of_shares(desk, shop, django_assert_num_queries, rows):
    request = make_request(shop, [PartnerFactory() for _ in range(rows)])

    with django_assert_num_queries(8):
        desk.get(page(request))


# What no page shows


def pages_of(client, request):
    """Every page of the admin that a request, its shares, its people or its shop stand on."""
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        listed = client.get(reverse(f"{base}_changelist"))
        yield listed
        for row in listed.context["cl"].result_list:
            yield client.get(reverse(f"{base}_change", args=[row.pk]))
            yield client.get(reverse(f"{base}_history", args=[row.pk]), follow=True)
    yield client.get(reverse("admin:index"))
    yield client.get(reverse("admin:requests_app_partnerrequest_unmatched"))
    for verb in ("refer", "close", "contact"):
        yield client.get(page(request, verb))
    for share in request.shares.all():
        yield client.get(page(share, "close"))


def test_no_page_shows_contact_details_free_text_or_notes(desk, staff, secret_request):
    secrets = [*SECRETS.values(), "Zebulon the Second", NOTE]

    seen = list(pages_of(desk, secret_request))

    assert len(seen) > 60
    for response in seen:
        assert response.status_code == 200
        text = response.content.decode()
        assert [secret for secret in secrets if secret in text or escape(secret) in text] == []


def test_page_of_a_closed_request_does_not_show_staffs_reason(desk, staff, secret_request):
    services.close_request(request_id=secret_request.pk, by=staff, staff_note=REASON)

    text = desk.get(page(secret_request)).content.decode()

    assert "Closed" in text
    assert REASON not in text


def test_contact_details_are_shown_after_opening_them_on_record(desk, staff, secret_request):
    services.close_request(request_id=secret_request.pk, by=staff, staff_note=REASON)

    response = desk.post(page(secret_request, "contact"))

    text = response.content.decode()
    for secret in (*SECRETS.values(), NOTE, REASON):
        assert secret == SECRETS["subject"] or escape(secret) in text
    assert "Zebulon the Second" in text
    assert "no-store" in response["Cache-Control"]
    event = secret_request.events.last()
    assert (event.kind, event.actor, event.by) == (Event.Kind.CONTACT_OPENED, Event.Actor.STAFF, staff)


def test_confirm_page_of_opening_opens_nothing(desk, secret_request):
    desk.get(page(secret_request, "contact"))

    assert not secret_request.events.filter(kind=Event.Kind.CONTACT_OPENED).exists()


# Verbs


def refer_to_harbour():
    return {"partner": PartnerFactory(name="Harbour & Pine").pk}


def close_request_data():
    return {"staff_note": "The shop has left the platform."}


VERBS = {
    "refer": ("requests_app.refer_partnerrequest", refer_to_harbour, Event.Kind.SHARED),
    "close": ("requests_app.close_partnerrequest", close_request_data, Event.Kind.REQUEST_CLOSED),
    "contact": ("requests_app.view_contact_details", dict, Event.Kind.CONTACT_OPENED),
}
OTHER_VERBS = [(verb, VERBS[other][0]) for verb in VERBS for other in VERBS if other != verb]


@pytest.mark.parametrize("verb", VERBS)
def test_verb_with_its_permission_is_done_and_recorded_with_its_author(client, clerk, open_request, verb):
    permission, data, kind = VERBS[verb]

    response = login(client, allow(clerk, *VIEW, permission)).post(page(open_request, verb), data())

    assert response.status_code == (200 if verb == "contact" else 302)
    event = open_request.events.filter(by=clerk).first()
    assert (event.kind, event.actor) == (kind, Event.Actor.STAFF)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("verb", "other_permission"), [*((verb, VIEW[0]) for verb in VERBS), *OTHER_VERBS])
def test_verb_without_its_permission_is_refused(client, clerk, open_request, verb, other_permission, method):
    data = VERBS[verb][1]()
    before = open_request.events.count()

    response = getattr(login(client, allow(clerk, *VIEW, other_permission)), method)(page(open_request, verb), data)

    assert response.status_code == 403
    assert open_request.events.count() == before


@pytest.mark.parametrize("verb", VERBS)
def test_verb_needs_the_right_to_see_requests_too(client, clerk, open_request, verb):
    permission, data, _kind = VERBS[verb]

    response = login(client, allow(clerk, permission)).post(page(open_request, verb), data())

    assert response.status_code == 403
    assert not open_request.events.filter(by=clerk).exists()


@pytest.mark.parametrize("verb", VERBS)
def test_verb_is_refused_to_who_is_not_staff(client, seller, open_request, verb):
    permission, data, _kind = VERBS[verb]
    before = open_request.events.count()

    response = login(client, allow(seller, *VIEW, permission)).post(page(open_request, verb), data(), follow=True)

    assert response.status_code == 403
    assert open_request.events.count() == before


def test_request_page_has_buttons_for_what_one_may_do_alone(client, clerk, open_request):
    login(client, allow(clerk, *VIEW, "requests_app.refer_partnerrequest"))

    text = client.get(page(open_request)).content.decode()

    assert page(open_request, "refer") in text
    assert page(open_request, "close") not in text
    assert page(open_request, "contact") not in text


def test_closed_request_has_a_button_for_its_contact_details_alone(desk, staff, open_request):
    services.close_request(request_id=open_request.pk, by=staff, staff_note="Spam.")

    text = desk.get(page(open_request)).content.decode()

    assert page(open_request, "contact") in text
    assert page(open_request, "refer") not in text
    assert page(open_request, "close") not in text


def test_share_is_closed_for_one_partner(client, clerk, shop, partner, other_agency):
    request = make_request(shop, [partner, other_agency])
    share = request.shares.get(partner=partner)
    login(client, allow(clerk, *VIEW, "requests_app.close_partnerrequest"))

    response = client.post(page(share, "close"))

    assert response.url == page(request)
    assert list(Share.objects.live()) == [request.shares.get(partner=other_agency)]
    event = request.events.get(kind=Event.Kind.SHARE_CLOSED)
    assert (event.share_id, event.by, event.data) == (share.pk, clerk, {"reason": "staff"})


def test_share_is_not_closed_without_the_permission(client, clerk, share):
    response = login(client, allow(clerk, *VIEW, "requests_app.refer_partnerrequest")).post(page(share, "close"))

    assert response.status_code == 403
    assert Share.objects.get().is_live


def test_closing_asks_for_a_reason(desk, open_request):
    response = desk.post(page(open_request, "close"), {"staff_note": "  "})

    assert response.context["form"].errors == {"staff_note": ["Enter your reason."]}
    assert PartnerRequest.objects.get().is_open


def test_close_page_says_what_ends_and_for_whom(desk, connected_share):
    text = desk.get(page(connected_share.request, "close")).content.decode()

    assert "Northlight Commerce (Connected): its part in the request" in text


@pytest.mark.parametrize(
    ("verb", "data"), [("close", close_request_data), ("refer", refer_to_harbour)], ids=["close", "refer"]
)
def test_verb_on_a_request_that_was_closed_meanwhile_gets_a_plain_message(desk, staff, open_request, verb, data):
    services.close_request(request_id=open_request.pk, by=staff, staff_note="Spam.")
    before = open_request.events.count()

    response = desk.post(page(open_request, verb), data())

    assert response.url == page(open_request)
    assert len(told(response)) == 1
    assert "closed" in told(response)[0].lower()
    assert open_request.events.count() == before


def test_verb_on_a_made_up_request_is_not_found(desk, open_request):
    for key in ("999999", "x"):
        response = desk.post(reverse("admin:requests_app_partnerrequest_close", args=[key]), close_request_data())
        assert response.status_code == 404


# Referring by hand


def test_refer_page_ranks_who_fits_and_says_what_speaks_against_others(desk, shop, other_agency):
    request = make_request(shop, [other_agency], budget=600)
    fitting = PartnerFactory(name="Kestrel Live", smallest_budget=400)
    PartnerFactory(name="Gilded Hall", smallest_budget=5000, categories=("Furniture",), company_sizes=("1001+",))
    PartnerFactory(name="Far Away", markets=("US",))

    response = desk.get(page(request, "refer"))

    assert [offer.partner for offer in response.context["best"]] == [fitting]
    [other] = response.context["others"]
    assert other.partner.name == "Gilded Hall"
    assert other.misses == [
        "Does not work in Beauty & Personal Care",
        "Does not serve companies of this size",
        "Its smallest budget is £5,000 a month",
    ]


def test_refer_page_finds_others_by_name(desk, open_request):
    for name in ("Gilded Hall", "Hollow Oak"):
        PartnerFactory(name=name, smallest_budget=5000)

    response = desk.get(page(open_request, "refer"), {"q": "hollow\0"})

    assert [offer.partner.name for offer in response.context["others"]] == ["Hollow Oak"]


@pytest.mark.parametrize(
    "unfit",
    [{"status": "applied"}, {"status": "suspended"}, {"capacity": 0}, {"markets": ("US",)}],
    ids=["applied", "suspended", "full", "elsewhere"],
)
def test_partner_that_cannot_take_it_is_not_referred(desk, open_request, unfit):
    partner = PartnerFactory(**unfit)

    response = desk.post(page(open_request, "refer"), {"partner": partner.pk})

    assert response.context["form"].errors == {
        "partner": ["This partner cannot take the request any more. Choose another one."]
    }
    assert open_request.shares.count() == 1


def test_partner_is_not_referred_twice(desk, open_request, partner):
    desk.post(page(open_request, "refer"), {"partner": partner.pk})

    assert open_request.shares.count() == 1


def test_referring_nobody_is_an_error_at_the_field(desk, open_request):
    response = desk.post(page(open_request, "refer"), {})

    assert response.context["form"].errors == {"partner": ["Choose a partner."]}


# Nothing else changes anything


@pytest.mark.parametrize("model", ["partnerrequest", "share"])
def test_row_cannot_be_added_or_deleted(desk, share, model):
    row = {"partnerrequest": share.request, "share": share}[model]

    assert desk.get(reverse(f"admin:requests_app_{model}_add")).status_code == 403
    assert desk.post(page(row, "delete"), {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", ["partnerrequest", "share"])
def test_posting_the_change_form_changes_nothing(desk, share, model):
    row = {"partnerrequest": share.request, "share": share}[model]

    response = desk.post(page(row), {"status": "closed", "headline": "closed", "budget": "1", "_save": "Save"})

    assert response.status_code == 403
    assert type(row).objects.get(pk=row.pk).status == row.status


def test_posting_an_action_to_the_list_changes_nothing(desk, share):
    data = {"action": "delete_selected", "_selected_action": [share.request_id], "post": "yes"}

    desk.post(reverse("admin:requests_app_partnerrequest_changelist"), data)

    assert PartnerRequest.objects.filter(pk=share.request_id).exists()


def test_shop_is_not_deleted(desk, shop):
    response = desk.post(page(shop, "delete"), {"post": "yes"})

    assert response.status_code == 403


def test_shop_keeps_an_owner(desk, shop):
    [owner] = shop.members.all()
    posted = {"name": "Lumen", "market": "GB", "currency": "GBP", "language": "en", "_save": "Save"}
    row = {"id": owner.pk, "shop": shop.pk, "user": owner.user_id, "role": "viewer"}
    management = {"members-TOTAL_FORMS": 1, "members-INITIAL_FORMS": 1}

    response = desk.post(page(shop), posted | management | {f"members-0-{name}": value for name, value in row.items()})

    assert "Somebody has to be owner" in response.content.decode()
    assert shop.members.get().role == "owner"


# The queue and the desk


def test_unmatched_queue_says_what_was_tried_and_why_it_ended(desk, unmatched):
    text = desk.get(reverse("admin:requests_app_partnerrequest_unmatched")).content.decode()

    assert unmatched.reference in text
    assert escape("Kestrel <b>Live</b>") in text
    assert "Kestrel <b>" not in text
    assert "Rejected: No capacity at the moment" in text
    assert "JPY" in text
    assert page(unmatched, "refer") in text


def test_unmatched_queue_is_for_who_may_see_requests(client, clerk, unmatched):
    url = reverse("admin:requests_app_partnerrequest_unmatched")

    assert login(client, clerk).get(url).status_code == 403
    assert login(client, allow(clerk, VIEW[0])).get(url).status_code == 200


def test_request_leaves_the_queue_when_staff_refer_it(desk, unmatched):
    desk.post(page(unmatched, "refer"), refer_to_harbour())

    response = desk.get(reverse("admin:requests_app_partnerrequest_unmatched"))

    assert response.context["rows"] == []


def test_page_of_an_unmatched_request_names_partners_without_a_rate(desk, unmatched):
    assert "Rateless (JPY)" in desk.get(page(unmatched)).content.decode()


@pytest.mark.parametrize("rows", [1, 30])
def test_unmatched_queue_costs_the_same_for_any_number_of_rows(desk, db, django_assert_num_queries, rows):
    for _ in range(rows):
        make_request(ShopFactory())

    with django_assert_num_queries(8):
        response = desk.get(reverse("admin:requests_app_partnerrequest_unmatched"))

    assert len(response.context["rows"]) == rows


def test_desk_counts_what_waits(desk, unmatched):
    PartnerFactory(status="applied")

    response = desk.get(reverse("admin:index"))

    assert {task.label: task.count for task in response.context["desk"]} == {
        "Unmatched requests": "1",
        "Partners to approve": "1",
        "Mails that failed": "",
        "Tasks that failed": "",
        "Exchange rates to look at": "11",
    }


def test_desk_shows_each_what_he_may_see(client, clerk, unmatched):
    response = login(client, allow(clerk, "partners.view_partner")).get(reverse("admin:index"))

    assert [task.label for task in response.context["desk"]] == ["Partners to approve"]


def test_groups_of_staff_hold_permissions_that_exist(db):
    held = {
        group.name: {
            f"{permission.content_type.app_label}.{permission.codename}"
            for permission in group.permissions.select_related("content_type")
        }
        for group in Group.objects.all()
    }

    assert held == {name: set(permissions) for name, permissions in GROUPS.items()}
