"""The download holds all that is kept of a person, and nothing of others."""

import json
import tracemalloc
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError

from accounts.models import Notification, User
from requests_app import services
from requests_app.conversation.services import note_read
from requests_app.personal.data import AT_ONCE, PARTS, _row, written
from tests.cast import login, signed_in
from tests.factories import (
    PASSWORD,
    add_to_partner,
    add_to_shop,
    make_request,
    propose,
    with_second_factor,
    write_as_partner,
    write_as_seller,
)

pytestmark = pytest.mark.once

OF_HISTORIES = {"history_user"}  # "changes": told for every table that has it


def data_of(user):
    return json.loads("".join(written(user)))


def as_text(data):
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False)


def leading_to_people():
    """(model, column) of each column that says whose a row is or who did something."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.related_model is User and field.name not in OF_HISTORIES:
                yield model, field.name


def test_every_table_that_leads_to_a_person_is_told():
    told = {(part.model, part.owner) for part in PARTS}

    assert told - {(User, "pk")} == set(leading_to_people())


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.key)
def test_every_column_is_told_or_left_out_on_purpose(part):
    columns = {field.name for field in part.model._meta.concrete_fields}
    told = {name.partition("__")[0] for name in part.shown} - {"reference"} | {"reference"} & columns & set(part.shown)

    assert told | part.left_out | ({part.owner, "id"} & columns) == columns
    assert part.shown


def test_what_he_is_and_where_he_belongs(seller, shop, partner):
    add_to_partner(partner, seller, "viewer")
    seller.mail_preferences.create(topic="answers", mode="daily")
    with_second_factor(seller)

    data = data_of(seller)

    assert data["person"]["email"] == "seller@example.com"
    assert data["shops"] == [{"shop__name": "Lumen Skincare", "role": "owner"}]
    assert data["partners"] == [{"partner__name": "Northlight Commerce", "role": "viewer"}]
    assert data["mail_wishes"] == [{"topic": "answers", "mode": "daily"}]
    assert data["addresses"][0]["email"] == "seller@example.com"
    assert set(data["second_factors"][0]) == {"type", "created_at", "last_used_at"}
    assert {change["of"] for change in data_of(seller)["changes"]} <= {"shop", "shopmember", "partnermember"}


def test_password_and_secrets_are_not_in_it(client, seller, shop):
    with_second_factor(seller)
    client.post("/accounts/login/", {"login": seller.email, "password": PASSWORD})
    secrets = [seller.password, *seller.authenticator_set.values_list("data", flat=True)]

    text = as_text(data_of(seller))

    assert [secret for secret in secrets if as_text(secret) in text or str(secret) in text] == []


def test_requests_with_the_versions_that_he_wrote(share, seller, editor):
    request = share.request
    details = request.details() | {"subject": "Edith Editor", "contact_email": editor.email, "other_details": "Mine."}
    services.edit_request(
        request_id=request.pk, by=editor, version=1, details=details, request_type="choose", hide_contact=False
    )

    first, second = data_of(seller), data_of(editor)

    assert [(row["reference"], row["shop__name"]) for row in first["requests"]] == [
        (request.reference, "Lumen Skincare")
    ]
    assert [row["number"] for row in first["versions"]] == [1]
    assert "Edith" not in as_text(first)
    assert second["requests"] == []
    assert [(row["number"], row["other_details"]) for row in second["versions"]] == [(2, "Mine.")]
    assert [(row["kind"], row["reference"]) for row in second["events"]] == [("edited", request.reference)]


def test_openings_and_notes_of_a_partner_stand_under_its_own_reference(share, reviewer, seller):
    services.open_contact(share_id=share.pk, by=reviewer)
    services.reject_share(share_id=share.pk, by=reviewer, reason="other", note="No room this spring")

    data = data_of(reviewer)

    assert [(row["kind"], row["reference"]) for row in data["events"]] == [
        ("contact_opened", share.reference),
        ("rejected", share.reference),
    ]
    assert [row["note"] for row in data["notes"]] == ["No room this spring"]
    assert share.request.reference not in as_text(data)
    assert data_of(seller)["notes"] == []


def test_messages_and_proposals_that_he_wrote_and_what_he_read(accepted_share, partner_owner, seller):
    write_as_partner(accepted_share, "We can start in May.")
    write_as_seller(accepted_share, "In April?")
    propose(accepted_share, included="Two streams a week")
    propose(accepted_share, seen=1, included="Three streams a week")
    note_read(share_id=accepted_share.pk, by=partner_owner, upto=2)

    data, of_seller = data_of(partner_owner), data_of(seller)

    ours = [(row["share__reference"], row["text"], row["is_question"]) for row in data["messages"]]
    assert ours == [(accepted_share.reference, "We can start in May.", False)]
    assert [(row["number"], row["included"], row["amount"]) for row in data["proposals"]] == [
        (1, "Two streams a week", "1800.00"),
        (2, "Three streams a week", "1800.00"),
    ]
    assert [row["share__reference"] for row in data["messages_read"]] == [accepted_share.reference]
    assert "In April?" not in as_text(data)
    assert accepted_share.request.reference not in as_text(data)
    assert [row["text"] for row in of_seller["messages"]] == ["In April?"]
    assert of_seller["proposals"] == of_seller["messages_read"] == []


def test_nothing_of_other_people(share, seller, partner_owner, reviewer, other_seller, other_shop, partner):
    add_to_shop(other_shop, partner_owner, "viewer")
    EmailAddress.objects.create(user=partner_owner, email="second@example.com")
    make_request(other_shop, [partner], subject="Oscar Otherseller", location="Fern Lane")
    services.open_contact(share_id=share.pk, by=partner_owner)

    text = as_text(data_of(partner_owner))

    names = [name for user in (seller, reviewer, other_seller) for name in (user.name, user.email)]
    assert [word for word in (*names, "Fern Lane", share.request.subject) if word in text] == []
    assert "second@example.com" in text


def test_download_is_a_file_that_nothing_keeps(client, seller, open_request):
    answer = login(client, seller).post("/accounts/data/download/")

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="shop-partners-2')
    assert "no-store" in answer.headers["Cache-Control"]
    data = json.loads(answer.getvalue())
    assert data["person"]["name"] == "Sarah Seller"
    assert data["versions"][0]["request__reference"] == open_request.reference
    assert int(answer.headers["Content-Length"]) > 1000


def test_text_is_indented_json(share, seller):
    seller.name = 'Sarah "雪"\nSeller\u2028\\'
    seller.save()

    text = "".join(written(seller))

    data = json.loads(text)
    assert text == json.dumps(data, indent=2, ensure_ascii=False)
    assert data["person"]["name"] == seller.name
    assert data["staff_log"] == []


def test_row_that_holds_others_is_indented_json_too():
    row = {"areas": {"orders": ["read", "edit"]}, "days": 30}

    assert json.loads(_row(row)) == row
    assert _row(row) == json.dumps(row, indent=2).replace("\n", "\n    ")


def test_memory_does_not_grow_with_the_rows(seller):
    list(written(seller))  # what is imported and remembered once

    add_notifications(seller, 4 * AT_ONCE)
    few, few_characters = peak_of(seller)
    add_notifications(seller, 8 * AT_ONCE)
    many, many_characters = peak_of(seller)

    assert many_characters - few_characters > 500_000
    assert many - few < 100_000


def add_notifications(user, number):
    rows = [
        Notification(user=user, template="x", topic="answers", path="/", source=f"{uuid4()}") for _ in range(number)
    ]
    Notification.objects.bulk_create(rows)


def peak_of(user):
    """(bytes in memory at most, characters written)."""
    tracemalloc.start()
    try:
        characters = sum(len(text) for text in written(user))
        return tracemalloc.get_traced_memory()[1], characters
    finally:
        tracemalloc.stop()


def test_file_that_fails_half_way_is_not_offered(client, seller, monkeypatch):
    def broken(user):
        yield "{"
        raise OperationalError("the database is gone")

    monkeypatch.setattr("requests_app.personal.files.written", broken)
    client.raise_request_exception = False

    answer = login(client, seller).post("/accounts/data/download/")

    assert answer.status_code >= 500
    assert "Content-Disposition" not in answer.headers


@pytest.mark.usefixtures("many_with_one_partner")
def test_size_does_not_change_how_often_it_asks(shop, seller, partner, django_assert_num_queries):
    for _each in range(3):
        make_request(shop, [partner])
    client = signed_in(seller)

    with django_assert_num_queries(53):
        client.post("/accounts/data/download/")
