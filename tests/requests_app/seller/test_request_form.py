"""A new request: every field of the form, both request types, and all that may be wrong with what was typed."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import html5lib
import pytest
from django.conf import settings
from django.urls import reverse

from accounts import clock
from partners.amounts import MAX_DIGITS
from partners.models import Category, ExchangeRate, Market, Partner
from requests_app import services
from requests_app.exceptions import PartnersUnavailable
from requests_app.models import PartnerRequest
from requests_app.seller.picker import MOST_SHOWN
from tests.cast import login
from tests.client import elements_of, text_of
from tests.factories import PartnerFactory, ShopFactory, add_to_shop, fill_vocabularies, make_request
from tests.queries import counted

NEW = "/requests/new/"
LABELS = [
    "Subject*", "Contact email*", "Location", "Company size*", "Currency*", "TikTok Shop sales GMV*",
    "Sales GMV from other channels", "Budget*", "Product category*", "Hot sale product", "Other details",
    "Select partners*", "Hide my contact details until a partner accepts",
]  # fmt: skip
FRAME = 5  # session, user, shops, partners, unread notifications


def errors(response):
    return {name: list(texts) for name, texts in response.context["form"].errors.items()}


def shown(response):
    """The values that stand in the form's fields."""
    form = response.context["form"]
    return {name: form[name].value() for name in form.fields}


def only_request():
    return PartnerRequest.objects.get()


# The page


def test_form_shows_every_field_of_the_requirement_in_its_three_parts(seller_client, partner):
    html = seller_client.get(NEW).content.decode()
    elements = elements_of(html5lib.parse(html, namespaceHTMLElements=False))

    legends = [text_of(element) for element in elements if element.tag == "legend"]
    labels = [
        text_of(element)
        for element in elements
        if element.tag in {"label", "legend"}
        and {"form-label", "form-check-label"} & set(element.get("class", "").split())
    ]
    assert [legend for legend in legends if not legend.endswith("*")] == [
        "Contact information", "Business profile", "Request type",
    ]  # fmt: skip
    assert [label for label in labels if label in LABELS] == LABELS


def test_form_offers_the_company_sizes_and_all_currencies_and_categories(seller_client, partner):
    fill_vocabularies()
    form = seller_client.get(NEW).context["form"]

    assert [label for _code, label in form.fields["company_size"].choices][1:] == [
        "1-10", "11-50", "51-200", "201-500", "501-1,000", "1,001+",
    ]  # fmt: skip
    assert {code for code, _label in form.fields["currency"].choices} == set(
        Market.objects.values_list("currency", flat=True)
    )
    assert form.fields["category"].queryset.count() == Category.objects.count() > 25


def test_form_begins_with_who_asks_and_the_shops_currency(client, seller, partner):
    ShopFactory(owner=seller, name="Paris", currency="EUR")

    values = shown(login(client, seller).get(NEW))

    assert values["subject"] == "Sarah Seller"
    assert values["contact_email"] == "seller@example.com"
    assert values["currency"] == "EUR"
    assert values["request_type"] == "choose"
    assert not values["hide_contact"]


def test_form_takes_ten_queries(seller_client, partner, other_agency):
    with counted() as queries:
        seller_client.get(NEW)

    assert len(queries) == FRAME + 5  # categories; partners with traits, markets, categories


# Submitting


def test_submit_with_a_chosen_partner_shares_the_request_with_it(seller_client, chosen, partner, shop, seller):
    response = seller_client.post(NEW, chosen, follow=True)

    request = only_request()
    assert response.redirect_chain == [(f"/requests/{request.reference}/", 302)]
    assert "Your request is submitted." in response.content.decode()
    assert (request.shop, request.created_by, request.version) == (shop, seller, 1)
    assert request.platform_gmv == Decimal(48000)
    assert request.other_gmv is None
    assert request.budget == Decimal(2000)
    assert [share.partner for share in request.shares.all()] == [partner]


def test_submit_with_referral_asks_partners_that_fit(seller_client, typed, partner, other_agency):
    seller_client.post(NEW, typed)

    assert {share.partner for share in only_request().shares.all()} == {partner, other_agency}
    assert {share.source for share in only_request().shares.all()} == {"referred"}


def test_submit_with_referral_leaves_out_partners_ticked_before(seller_client, chosen, partner):
    Partner.objects.filter(pk=partner.pk).update(capacity=0)

    seller_client.post(NEW, chosen | {"request_type": "refer"})

    assert only_request().shares.count() == 0


def test_submit_can_hide_the_contact_details(seller_client, chosen):
    seller_client.post(NEW, chosen | {"hide_contact": "on"})

    assert only_request().hide_contact is True


def test_submitting_twice_makes_one_request(seller_client, chosen):
    first = seller_client.post(NEW, chosen)
    second = seller_client.post(NEW, chosen)

    assert PartnerRequest.objects.count() == 1
    assert first["Location"] == second["Location"]


@pytest.mark.parametrize(("capacity", "most"), [(1, 20), (5, 1)], ids=["last place", "last of the hour"])
def test_submitting_again_what_would_be_refused_now_leads_to_the_request(
    capacity, most, seller_client, chosen, settings
):
    Partner.objects.update(capacity=capacity)
    settings.REQUESTS_PER_HOUR = most
    first = seller_client.post(NEW, chosen)

    again = seller_client.post(NEW, chosen)  # its sender never saw the first answer

    assert again.status_code == 302
    assert again["Location"] == first["Location"]
    assert PartnerRequest.objects.count() == 1


def test_submit_without_a_token_makes_a_request(seller_client, chosen):
    seller_client.post(NEW, chosen | {"form_token": "made up"})

    assert only_request().form_token.version == 4


def test_request_is_made_for_the_active_shop(client, seller, shop, chosen):
    other = ShopFactory(owner=seller, name="A second shop")
    login(client, seller).post(reverse("switch"), {"membership": f"shop:{other.pk}"})

    client.post(NEW, chosen)

    assert only_request().shop == other


# What is wrong


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("subject", "", "Enter your contact name."),
        ("subject", "Ann\r\nBcc: all@example.com", "Enter one line, without line breaks."),
        ("subject", "Ann\u2028Whitfield", "Enter one line, without line breaks."),
        ("subject", "Ann\x00", "Null characters are not allowed."),
        ("subject", "A" * 121, "Ensure this value has at most 120 characters (it has 121)."),
        ("subject", "A" * 100_000, "Ensure this value has at most 120 characters (it has 100000)."),
        ("subject", "\u202e\u2066", "Enter your contact name."),
        ("contact_email", "", "Enter your contact email."),
        ("contact_email", "ann", "Enter a valid email address."),
        ("contact_email", "ann@lumen.example\nBcc: all@example.com", "Enter a valid email address."),
        ("location", "L" * 201, "Ensure this value has at most 200 characters (it has 201)."),
        ("company_size", "", "Choose your company size."),
        ("company_size", "12", "Select a valid choice. 12 is not one of the available choices."),
        ("currency", "XXX", "Select a valid choice. XXX is not one of the available choices."),
        ("platform_gmv", "", "Enter your average sales a month, 0 if there are none yet."),
        ("platform_gmv", "-1", "Enter an amount of 0 or more."),
        ("platform_gmv", "9.999", "This could be 9999 or 9.999. Enter it as 9999 or as 9.99."),
        ("platform_gmv", "much", "Enter an amount in digits, like 12000 or 1,234.56."),
        ("other_gmv", "1" * 30, f"Enter an amount of at most {MAX_DIGITS - 2} digits."),
        ("budget", "0", "Enter an amount above 0."),
        ("budget", "", "Enter your budget per month."),
        ("category", "", "Choose your main product category."),
        ("category", "999999", "Select a valid choice. That choice is not one of the available choices."),
        ("category", "x", "Select a valid choice. That choice is not one of the available choices."),
        ("hot_sale_product", "a\nb", "Enter one line, without line breaks."),
        ("other_details", "x" * 2001, "Ensure this value has at most 2000 characters (it has 2001)."),
        ("other_details", "x" * 100_000, "Ensure this value has at most 2000 characters (it has 100000)."),
        ("other_details", "a\x00b", "Null characters are not allowed."),
        ("request_type", "", "Choose how partners are selected."),
        ("request_type", "both", "Select a valid choice. both is not one of the available choices."),
    ],
)
def test_bad_field_is_told_at_the_field_and_everything_typed_is_kept(
    field, value, said, seller_client, chosen, partner
):
    typed = chosen | {field: value, "hide_contact": "on"}

    response = seller_client.post(NEW, typed)

    assert errors(response) == {field: [said]}
    assert PartnerRequest.objects.count() == 0
    kept = {name: str(value) for name, value in shown(response).items()}
    expected = {name: str(value).replace("\x00", "") for name, value in typed.items()}
    expected["hide_contact"] = "True"
    assert {name: kept[name] for name in expected} == expected


def test_error_summary_links_to_each_field(seller_client, chosen):
    bad = chosen | {"subject": "", "budget": "0", "request_type": "", "partners": []}

    html = seller_client.post(NEW, bad).content.decode()

    summary = html[html.index("data-error-summary") : html.index("</ul>", html.index("data-error-summary"))]
    assert re.findall(r'<a href="#([^"]+)"', summary) == ["id_subject", "id_budget", "id_request_type_0"]
    assert all(f'id="{target}"' in html for target in ["id_subject", "id_budget", "id_request_type_0"])


@pytest.mark.parametrize(
    ("currency", "typed_amount", "read"),
    [
        ("GBP", "1,234.56", "1234.56"),
        ("GBP", "1.234,56", "1234.56"),
        ("GBP", "１２０００", "12000"),
        ("JPY", "9.999", "9999"),
        ("IDR", "12.000.000", "12000000"),
    ],
)
def test_amount_is_read_in_the_forms_currency(currency, typed_amount, read, seller_client, chosen):
    seller_client.post(NEW, chosen | {"currency": currency, "budget": typed_amount, "platform_gmv": "1"})

    assert only_request().budget == Decimal(read)


@pytest.mark.parametrize("currency", ["JPY", "IDR", "VND"])
def test_fraction_of_a_currency_without_decimals_is_refused(currency, seller_client, chosen):
    response = seller_client.post(NEW, chosen | {"currency": currency, "platform_gmv": "1", "budget": "1200.50"})

    assert errors(response) == {"budget": ["Enter a whole amount: this currency has no decimals."]}


def test_invisible_controls_are_taken_out_of_texts_and_emoji_kept(seller_client, chosen):
    seller_client.post(
        NEW,
        chosen
        | {"subject": "\u202eAnn\u202c 👩‍🚀", "location": "Leeds\ufeff\x07", "other_details": "one\r\ntwo\u2066"},
    )

    details = only_request().details()
    assert details["subject"] == "Ann 👩‍🚀"
    assert details["location"] == "Leeds"
    assert details["other_details"] == "one\ntwo"


def test_text_of_two_thousand_characters_with_line_breaks_is_taken(seller_client, chosen):
    seller_client.post(NEW, chosen | {"other_details": "x\r\n" * 1000})

    assert len(only_request().details()["other_details"]) == 1999  # the last line break is no text


def test_markup_in_what_was_typed_is_shown_as_text(seller_client, chosen):
    html = seller_client.post(NEW, chosen | {"subject": "<script>alert(1)</script>", "budget": ""}).content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


# The partners


def test_choosing_nobody_is_told_at_the_partners(seller_client, typed):
    response = seller_client.post(NEW, typed | {"request_type": "choose"})

    assert errors(response) == {"partners": ["Choose at least one partner, or let TikTok Shop refer partners."]}
    assert 'href="#partner-search"' in response.content.decode()


def test_eleven_partners_are_refused_and_stay_chosen(seller_client, typed):
    picks = [str(PartnerFactory().pk) for _number in range(11)]

    response = seller_client.post(NEW, typed | {"request_type": "choose", "partners": picks})

    assert errors(response) == {"partners": ["You can choose at most 10 here. Take one off."]}
    assert [option.id for option in response.context["form"].picker.options if option.picked] == sorted(
        map(int, picks), key=lambda pk: Partner.objects.get(pk=pk).name
    )


def test_ten_partners_are_asked(seller_client, typed):
    picks = [str(PartnerFactory().pk) for _number in range(10)]

    seller_client.post(NEW, typed | {"request_type": "choose", "partners": picks})

    assert only_request().shares.count() == 10


def test_partner_chosen_twice_is_asked_once(seller_client, chosen, partner):
    seller_client.post(NEW, chosen | {"partners": [str(partner.pk)] * 2})

    assert only_request().shares.count() == 1


@pytest.mark.parametrize("made_up", ["999999", "0", "-1", "x", "1.5", "", "9" * 40, "１"])
def test_unknown_partner_is_refused(made_up, seller_client, chosen, partner):
    response = seller_client.post(NEW, chosen | {"partners": [str(partner.pk), made_up]})

    assert list(errors(response)) == ["partners"]
    assert PartnerRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"capacity": 0}, "Northlight Commerce: Fully booked."),
        ({"paused_until": "later"}, "Northlight Commerce: Takes no new requests until {day}."),
        ({"status": "suspended"}, "One of the partners cannot be asked any more and was taken off your choice."),
        ({"status": "applied"}, "One of the partners cannot be asked any more and was taken off your choice."),
    ],
)
def test_partner_that_cannot_be_asked_is_told_at_the_partners(change, said, seller_client, chosen, partner):
    from accounts.formats import day

    until = clock.now() + timedelta(days=3)
    change = {name: until if value == "later" else value for name, value in change.items()}
    Partner.objects.filter(pk=partner.pk).update(**change)

    response = seller_client.post(NEW, chosen)

    assert errors(response) == {"partners": [said.format(day=day(until))]}
    assert response.context["form"]["subject"].value() == "Ann Whitfield"


def test_partner_of_another_market_cannot_be_asked(seller_client, chosen):
    abroad = PartnerFactory(markets=["DE"], name="Spree")

    response = seller_client.post(NEW, chosen | {"partners": [str(abroad.pk)]})

    assert errors(response) == {"partners": ["Spree: Does not serve your market."]}


def test_unapproved_partner_is_not_named_to_who_guesses_its_number(seller_client, chosen):
    applied = PartnerFactory(status="applied", name="Secret Agency")

    response = seller_client.post(NEW, chosen | {"partners": [str(applied.pk)]})

    assert "Secret Agency" not in response.content.decode()


def test_partner_that_fills_up_at_the_last_moment_leaves_the_form_filled_in(
    seller_client, chosen, partner, monkeypatch
):
    def refuse(**_values):
        raise PartnersUnavailable("These partners cannot be asked now: Northlight Commerce.", ["Northlight"])

    monkeypatch.setattr(services, "submit_request", refuse)

    response = seller_client.post(NEW, chosen)

    assert errors(response) == {"partners": ["These partners cannot be asked now: Northlight Commerce."]}
    assert shown(response)["budget"] == "2000"


def test_picker_tells_services_markets_fit_and_who_is_fully_booked(seller_client, partner):
    PartnerFactory(name="Full House", capacity=0)

    html = seller_client.get(NEW, {"category": partner.categories.get().pk}).content.decode()

    assert "Livestream selling, Advertising" in html
    assert re.search(r"Leeds ·\s+United Kingdom", html)
    assert "Speaks English" in html
    assert "Fully booked" in html
    assert re.search(r'value="\d+"\s+data-name="Full House"\s+disabled', html)


def test_picker_offers_partners_of_the_shops_market_alone(seller_client, partner):
    PartnerFactory(name="Spree", markets=["DE"])
    PartnerFactory(name="Applicant", status="applied")

    names = [option.name for option in seller_client.get(NEW).context["form"].picker.options]

    assert names == ["Northlight Commerce"]


def test_picker_shows_a_part_of_many_partners_and_says_so(seller_client, partner, monkeypatch):
    monkeypatch.setattr("requests_app.seller.picker.MOST_SHOWN", 3)
    for number in range(4):
        PartnerFactory(name=f"Agency {number}")

    response = seller_client.get(NEW)

    assert len(response.context["form"].picker.options) == 3
    assert "There are more. Search by name to see them." in response.content.decode()
    assert MOST_SHOWN == 60


def test_search_without_javascript_keeps_everything_typed_and_judges_nothing(seller_client, chosen, other_agency):
    typed = chosen | {"search": "1", "q": "harb", "budget": "9.999", "subject": "", "hide_contact": "on"}

    response = seller_client.post(NEW, typed)

    values = shown(response)
    assert [option.name for option in response.context["form"].picker.options] == [
        "Northlight Commerce", "Harbour & Pine",
    ]  # fmt: skip
    assert values["budget"] == "9.999"
    assert values["partners"] == chosen["partners"]
    assert values["form_token"] == chosen["form_token"]
    assert values["hide_contact"] is True
    assert "data-error-summary" not in response.content.decode()
    assert PartnerRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("comm", ["Northlight Commerce"]),
        ("NORTH", ["Northlight Commerce"]),
        ("light", []),
        ("harbour pi", ["Harbour & Pine"]),
        ("&", ["Harbour & Pine", "Northlight Commerce"]),
        ("%", ["Harbour & Pine", "Northlight Commerce"]),
        ("'; drop table", []),
    ],
)
def test_search_as_one_types_finds_beginnings_of_words(query, found, seller_client, partner, other_agency):
    response = seller_client.get(NEW, {"q": query}, headers={"HX-Request": "true"})

    assert [option.name for option in response.context["picker"].options] == found
    assert "<html" not in response.content.decode()


def test_search_as_one_types_takes_no_contact_details_into_the_address(seller_client, partner):
    html = seller_client.get(NEW).content.decode()

    included = re.search(r'hx-include="([^"]+)"', html).group(1)
    assert included == "#id_category, #id_company_size, #id_budget, #id_currency"


def test_chosen_category_brings_who_works_in_it_first(seller_client, partner, other_agency):
    toys = PartnerFactory(name="Toy Story", categories=["Toys & Hobbies"])

    response = seller_client.get(NEW, {"category": toys.categories.get().pk}, headers={"HX-Request": "true"})

    first = response.context["picker"].options[0]
    assert first.name == "Toy Story"
    assert first.fits[0] == "Specialises in Toys & Hobbies"


def offered(client, **so_far):
    return client.get(NEW, so_far, headers={"HX-Request": "true"}).context["picker"].options


def test_partners_stand_in_the_order_of_what_is_filled_in(seller_client, partner):
    PartnerFactory(name="All sizes, dear", smallest_budget=Decimal(3000))
    PartnerFactory(name="Big shops", company_sizes=["1001+"])
    PartnerFactory(name="Room for none", capacity=0)

    untouched = [option.name for option in offered(seller_client)]
    so_far = offered(seller_client, company_size="11-50", budget="2,000.00", currency="GBP")

    assert untouched == ["All sizes, dear", "Big shops", "Northlight Commerce", "Room for none"]
    assert [option.name for option in so_far] == [
        "Northlight Commerce", "Big shops", "All sizes, dear", "Room for none",
    ]  # fmt: skip
    assert "Your budget is well above its smallest" in so_far[0].fits
    assert "Works with companies of your size" in so_far[0].fits
    assert [option.against for option in so_far] == ["", "", "From £3,000 a month", ""]


@pytest.mark.parametrize("budget", ["9.999", "much", "", "\0"])
def test_budget_that_cannot_be_read_judges_no_partner(budget, seller_client, partner):
    (option,) = offered(seller_client, budget=budget, currency="GBP")

    assert not option.against
    assert not any("budget" in fit for fit in option.fits)


def test_budget_in_another_currency_is_compared_where_there_is_a_rate(seller_client, partner):
    (without,) = offered(seller_client, budget="400", currency="EUR")
    ExchangeRate.objects.create(currency="GBP", per_euro="0.85", date="2026-11-01", source="test")
    (compared,) = offered(seller_client, budget="400", currency="EUR")

    assert (without.against, compared.against) == ("", "From £500 a month")


def test_option_tells_how_soon_the_partner_answers(seller_client, partner):
    Partner.objects.filter(pk=partner.pk).update(shares_answered=5, answer_minutes=[300] * 5)

    assert "Answers within 5 hours" in seller_client.get(NEW).content.decode()


# Where it begins


def test_coming_from_a_partners_page_it_is_chosen_already(seller_client, partner, other_agency):
    response = seller_client.get(NEW, {"partner": other_agency.slug})

    assert [option.name for option in response.context["form"].picker.options if option.picked] == ["Harbour & Pine"]


@pytest.mark.parametrize("slug", ["nobody", "\x00", "", "é"])
def test_unknown_partner_in_the_address_is_ignored(slug, seller_client, partner):
    response = seller_client.get(NEW, {"partner": slug})

    assert response.status_code == 200
    assert not any(option.picked for option in response.context["form"].picker.options)


def test_request_again_begins_with_the_old_values(seller_client, shop, seller, partner, other_agency):
    old = make_request(shop, [partner, other_agency], hide_contact=True, budget=Decimal(750), location="York")
    services.reject_share(
        share_id=old.shares.get(partner=other_agency).pk, by=other_agency.members.get().user, reason="budget"
    )
    services.close_request(request_id=old.pk, by=seller)

    values = shown(seller_client.get(NEW, {"again": old.reference}))

    assert values["subject"] == "Ann Whitfield"
    assert values["location"] == "York"
    assert values["budget"] == "750"
    assert values["category"] == old.category_id
    assert values["request_type"] == "choose"
    assert values["hide_contact"] is True
    assert values["partners"] == [str(partner.pk)]
    assert values["form_token"] != old.form_token


@pytest.mark.parametrize("reference", ["SPR-2222222222", "\x00", "x" * 500])
def test_request_again_of_an_unknown_request_begins_empty(reference, seller_client, partner):
    assert shown(seller_client.get(NEW, {"again": reference}))["location"] is None


def test_request_again_of_somebody_elses_request_begins_empty(seller_client, partner, other_shop):
    foreign = make_request(other_shop, [partner])

    response = seller_client.get(NEW, {"again": foreign.reference})

    assert shown(response)["subject"] == "Sarah Seller"
    assert "Vitamin C" not in response.content.decode()


# Who may, and how often


def test_editor_may_submit(client, editor, chosen):
    login(client, editor).post(NEW, chosen)

    assert only_request().created_by == editor


def test_viewer_is_told_whom_to_ask(client, viewer, chosen):
    login(client, viewer)

    for response in (client.get(NEW, follow=True), client.post(NEW, chosen, follow=True)):
        assert response.redirect_chain == [("/seller/apps-and-services/partner/", 302)]
        assert [str(message) for message in response.context["messages"]] == [
            "Only an owner or editor of the shop can do this. Ask one of them."
        ]
    assert PartnerRequest.objects.count() == 0


def test_who_has_no_shop_is_offered_to_add_one(client, partner_owner, partner):
    response = login(client, partner_owner).get(NEW, follow=True)

    assert response.redirect_chain == [("/accounts/signup/seller/", 302)]
    assert "Add yours to begin." in response.content.decode()


def test_submitting_is_limited_by_the_hour_and_keeps_what_was_typed(
    seller_client, chosen, seller, shop, partner, settings
):
    settings.REQUESTS_PER_HOUR = 2
    for _number in range(2):
        make_request(shop, [partner])

    response = seller_client.post(NEW, chosen)

    assert errors(response) == {
        "__all__": [
            "You have submitted 2 requests within an hour, the most that is possible. Try again a little later."
        ]
    }
    assert shown(response)["subject"] == "Ann Whitfield"
    assert PartnerRequest.objects.count() == 2


def test_limit_counts_the_person_and_the_last_hour(client, editor, chosen, shop, partner, settings, time_machine):
    settings.REQUESTS_PER_HOUR = 1
    make_request(shop, [partner])  # by the owner

    login(client, editor)
    client.post(NEW, chosen)
    refused = client.post(NEW, chosen | {"form_token": str(uuid.uuid4())})
    time_machine.move_to(clock.now() + timedelta(minutes=61))
    client.post(NEW, chosen | {"form_token": str(uuid.uuid4())})

    assert "__all__" in errors(refused)
    assert PartnerRequest.objects.count() == 3


# While it is filled in


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("budget", "2000", {"errors": [], "echo": "£2,000 a month"}),
        ("budget", "1,234.5", {"errors": [], "echo": "£1,234.50 a month"}),
        ("budget", "0", {"errors": ["Enter an amount above 0."], "echo": ""}),
        ("other_gmv", "", {"errors": [], "echo": ""}),
        ("subject", "Ann", {"errors": [], "echo": ""}),
        ("subject", "", {"errors": ["Enter your contact name."], "echo": ""}),
        ("contact_email", "ann@", {"errors": ["Enter a valid email address."], "echo": ""}),
        ("nothing", "x", {"errors": [], "echo": ""}),
        ("form_token", "x", {"errors": [], "echo": ""}),
    ],
)
def test_one_field_is_checked_as_it_is_left(field, value, told, seller_client, typed):
    response = seller_client.post(NEW, {"check": field, field: value, "currency": "GBP"})

    assert response.json() == told
    assert PartnerRequest.objects.count() == 0


def test_form_says_how_far_each_part_has_come(seller_client, chosen):
    response = seller_client.post(NEW, chosen | {"budget": "", "partners": []})

    assert [(step["id"], step["state"]) for step in response.context["form"].steps] == [
        ("part-contact", ""), ("part-business", "error"), ("part-type", "error"),
    ]  # fmt: skip


def test_page_is_not_kept_by_the_browser(seller_client, partner):
    assert "no-store" in seller_client.get(NEW)["Cache-Control"]


def test_platform_is_the_setting_of_the_site():
    assert settings.PLATFORM_NAME == "TikTok Shop"


def test_submit_takes_the_measured_number_of_queries(seller_client, chosen):
    with counted() as queries:
        seller_client.post(NEW, chosen)

    queue = 1 if settings.ON_POSTGRESQL else 0
    assert len(queries) == FRAME - 1 + 2 + 16 + queue  # category, partners; the service


def test_member_of_two_shops_sees_for_which_one_he_asks(client, seller, shop, partner):
    second = add_to_shop(ShopFactory(name="Zebra Crossing"), seller, "editor").shop_members.get(
        shop__name="Zebra Crossing"
    )
    login(client, seller).post(reverse("switch"), {"membership": f"shop:{second.shop_id}"})

    assert "For Zebra Crossing, United Kingdom." in client.get(NEW).content.decode()
