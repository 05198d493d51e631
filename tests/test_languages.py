"""What is written in each language: days, amounts and names, pages, mails, and the switch between languages."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape, strip_tags
from django.utils.translation import gettext, ngettext

from accounts import formats, mails, outbox
from accounts.models import Notification, User
from accounts.outbox import mail_of
from partners.choices import CompanySize
from partners.models import Category, Market
from partners.names import NameChoiceField
from tests.cast import login
from tests.factories import PartnerFactory
from tests.languages import HOLES, LANGUAGES, MARKUP, ROOT, translated
from tests.partners.directory import page_text

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("language", "day", "later", "full", "ago", "money", "rupiah", "share", "names"),
    [
        ("en", "Thu 3 Dec, 14:05", "Thu 4 Mar 2027", "Thursday 3 December 2026, 14:05 UTC", "2 hours ago",
         "£1,250.50", "IDR\u00a012,000,000", "92%", "A, B, and C"),
        ("id", "Kam, 3 Des, 14.05", "Kam, 4 Mar 2027", "Kamis, 3 Desember 2026, 14.05 UTC", "2 jam yang lalu",
         "£1.250,50", "Rp\u00a012.000.000", "92%", "A, B, dan C"),
        ("de", "Do., 3. Dezember, 14:05 Uhr", "Do., 4. März 2027", "Donnerstag, 3. Dezember 2026, 14:05 Uhr UTC",
         "vor 2 Stunden", "1.250,50\u00a0£", "12.000.000\u00a0IDR", "92\u00a0%", "A, B und C"),
        ("zh-hans", "12月3日周四 14:05", "2027年3月4日周四", "2026年12月3日星期四 14:05 UTC", "2小时前",
         "£1,250.50", "IDR\u00a012,000,000", "92%", "A、B和C"),
    ],
)  # fmt: skip
def test_days_and_amounts_are_written_as_the_language_has_them(
    language, day, later, full, ago, money, rupiah, share, names, time_machine
):
    time_machine.move_to("2026-12-03T14:05:00+00:00", tick=False)
    now = formats.clock.now()
    with translation.override(language):
        assert formats.day_and_time(now) == day
        assert formats.day(now + timedelta(days=91)) == later
        assert formats.full(now) == full
        assert formats.ago(now - timedelta(hours=2)) == ago
        assert formats.money(Decimal("1250.50"), "GBP") == money
        assert formats.money(Decimal(12_000_000), "IDR") == rupiah
        assert formats.percent(0.92) == share
        assert formats.listed(["A", "B", "C"]) == names


@pytest.mark.parametrize(
    ("language", "short", "list_of_names", "facts", "aside", "label", "said", "sentences", "sizes"),
    [
        ("en", "3 Dec", "A, B + 3", "A, B", "A (b)", "A:", "A: b", "A: b. C: d.", ["1-10", "501-1,000", "1,001+"]),
        ("id", "3 Des", "A, B + 3", "A, B", "A (b)", "A:", "A: b", "A: b. C: d.", ["1–10", "501–1.000", "1.001+"]),
        ("de", "3. Dez.", "A, B + 3", "A, B", "A (b)", "A:", "A: b", "A: b. C: d.", ["1–10", "501–1.000", "1.001+"]),
        (
            "zh-hans",
            "12月3日",
            "A、B + 3",
            "A，B",
            "A（b）",
            "A：",
            "A：b",
            "A：b。C：d。",
            ["1–10", "501–1,000", "1,001+"],
        ),
    ],
)
def test_lists_ranges_and_what_joins_words_are_written_as_the_language_has_them(
    language, short, list_of_names, facts, aside, label, said, sentences, sizes
):
    with translation.override(language):
        assert formats.short_date(date(2026, 12, 3)) == short
        assert formats.joined("ABCDE", most=2) == list_of_names
        assert formats.together("A", "B") == facts
        assert formats.aside("A", "b") == aside
        assert formats.label("A") == label
        assert formats.said_of("A", "b") == said
        assert formats.sentences([formats.sentence_of("A", "b"), "", formats.sentence_of("C", "d")]) == sentences
        labels = dict(CompanySize.choices)
        assert [str(labels[code]) for code in ("1-10", "501-1000", "1001+")] == sizes
        assert re.search(r"\.\.|。。", f"{formats.day(formats.clock.now())}.") is None


def test_german_days_end_no_sentence_with_two_full_stops(time_machine):
    with translation.override("de"):
        for month in range(1, 13):
            time_machine.move_to(datetime(2026, month, 1, tzinfo=UTC), tick=False)
            now = formats.clock.now()
            for write in (formats.day, formats.day_and_time, formats.full):
                assert not write(now).endswith("."), write(now)
                assert not write(now - timedelta(days=400)).endswith("."), write(now)


@pytest.mark.parametrize(
    ("language", "sizes"),
    [
        ("en", "501-1,000, 1,001+ people"),
        ("de", "501–1.000, 1.001+ Mitarbeitende"),
        ("zh-hans", "501–1,000、1,001+ 人"),
    ],
)
def test_profile_shows_sizes_as_the_language_has_them(language, sizes, client, db):
    partner = PartnerFactory(company_sizes=("501-1000", "1001+"))
    client.cookies["django_language"] = language

    assert sizes in page_text(client.get(partner.get_absolute_url()))


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [("id", "1 mitra", "2 mitra"), ("de", "1 Partner", "2 Partner"), ("zh-hans", "1 家服务商", "2 家服务商")],
)
def test_numbers_take_their_plural(language, one, two):
    with translation.override(language):
        said = [ngettext("%(count)d partner", "%(count)d partners", count) % {"count": count} for count in (1, 2)]
    assert said == [one, two]


@pytest.mark.parametrize(
    ("language", "markets", "category"),
    [
        ("en", ["Germany", "Indonesia", "Japan"], "Beauty & Personal Care"),
        ("id", ["Indonesia", "Jepang", "Jerman"], "Kecantikan & Perawatan Diri"),
        ("de", ["Deutschland", "Indonesien", "Japan"], "Beauty & Körperpflege"),
        ("zh-hans", ["德国", "日本", "印度尼西亚"], "美妆个护"),
    ],
)
def test_markets_and_categories_bear_the_readers_names_in_their_order(language, markets, category, db):
    offered = NameChoiceField(Market.objects.filter(code__in=["DE", "ID", "JP"]), empty_label=None)
    with translation.override(language):
        assert [label for _key, label in offered.choices] == markets
        assert str(Category.objects.get(name="Beauty & Personal Care")) == category


def test_category_that_staff_add_is_shown_as_they_wrote_it(db):
    with translation.override("de"):
        assert str(Category(name="Stickers")) == "Stickers"


@pytest.mark.parametrize("typed", ["Personal", "Körper"])
def test_directory_finds_a_category_by_both_its_names(typed, client, partner):
    client.cookies["django_language"] = "de"

    assert partner.name in client.get("/partners/", {"q": typed}).content.decode()


# Pages and mails


@cache
def english_sentences(language):
    """Texts of more than three words, without holes, that read differently in the language."""
    return [
        message.id
        for message, form in translated(language)
        if isinstance(message.id, str)
        and form != message.id
        and len(message.id.split()) > 3
        and not HOLES.search(message.id)
        and not MARKUP.search(message.id)
    ]


def left_in_english(html, language):
    words = " ".join(strip_tags(re.sub(r"<(script|style|svg|template)\b.*?</\1>", " ", html, flags=re.DOTALL)).split())
    read = words + " ".join(re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', html))
    return [text for text in english_sentences(language) if escape(text) in read]


def speaks(user, language):
    User.objects.filter(pk=user.pk).update(language=language)
    return user


PUBLIC_PAGES = ("/", "/partners/", "/accounts/login/", "/accounts/signup/", "/accounts/signup/seller/",
                "/accounts/signup/partner/", "/accounts/password/reset/")  # fmt: skip
OWN_PAGES = ("/notifications/", "/accounts/preferences/", "/accounts/email/", "/accounts/2fa/")


def test_sentence_left_in_english_is_found():
    assert left_in_english("<p>Your preferences are saved.</p>", "de") != []


@pytest.mark.parametrize("language", LANGUAGES)
def test_public_pages_speak_the_language(language, client, partner):
    client.cookies["django_language"] = language
    for url in (*PUBLIC_PAGES, partner.get_absolute_url(), "/nowhere/"):
        response = client.get(url)
        assert response["Content-Language"] == language
        assert "Cookie" in response["Vary"]
        assert (url, left_in_english(response.content.decode(), language)) == (url, [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_seller_speak_the_language(language, client, seller, connected_share):
    request = connected_share.request
    login(client, speaks(seller, language))
    share = {"reference": request.reference, "share_reference": connected_share.reference}
    urls = [
        *OWN_PAGES, "/seller/", reverse("seller:partner_hub"), "/requests/new/", "/requests/",
        request.get_absolute_url(), f"{request.get_absolute_url()}edit/", f"{request.get_absolute_url()}close/",
        *(f"{request.get_absolute_url()}partners/{share['share_reference']}/{verb}/" for verb in ("renew", "revoke")),
    ]  # fmt: skip
    for url in urls:
        response = client.get(url)
        assert (url, response.status_code, left_in_english(response.content.decode(), language)) == (url, 200, [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_partner_speak_the_language(language, client, partner_owner, share):
    login(client, speaks(partner_owner, language))
    own = share.get_absolute_url()
    pages = ("profile", "availability", "insights")
    urls = ["/portal/", own, f"{own}accept/", f"{own}reject/", *(reverse(f"portal:{page}") for page in pages)]
    for url in urls:
        response = client.get(url)
        assert (url, response.status_code, left_in_english(response.content.decode(), language)) == (url, 200, [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_admin_speaks_the_language(language, client, staff, share):
    login(client, speaks(staff, language))
    urls = [
        "/admin/",
        *(f"/admin/{name}/" for name in ("partners/partner", "requests_app/partnerrequest", "accounts/user")),
    ]
    for url in (*urls, f"/admin/partners/partner/{share.partner_id}/change/"):
        response = client.get(url)
        assert (url, response.status_code, left_in_english(response.content.decode(), language)) == (url, 200, [])


@pytest.mark.parametrize(
    ("language", "required", "email", "short"),
    [
        ("id", "Kolom ini wajib diisi.", "Masukkan alamat email yang valid.", "Kata sandi terlalu pendek."),
        ("de", "Füllen Sie dieses Feld aus.", "Bitte gültige E-Mail-Adresse eingeben.",
         "Dieses Passwort ist zu kurz."),
        ("zh-hans", "请填写此项。", "输入一个有效的 Email 地址。", "此密码太短"),
    ],
)  # fmt: skip
def test_mistakes_in_a_form_are_told_in_the_language(language, required, email, short, client, db):
    client.cookies["django_language"] = language
    typed = {"shop_name": "", "market": "DE", "language": "de", "name": "A", "email": "x", "password1": "aX3$"}

    page = client.post("/accounts/signup/seller/", typed | {"password2": "aX3$"}).content.decode()

    assert required in page
    assert email in page
    assert short in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_speak_the_language(language, seller, share):
    speaks(seller, language)
    templates = sorted(path.stem for path in (ROOT / "templates/emails").glob("*_for_seller.html"))
    assert len(templates) > 10
    for template in templates:
        context = {"partner": "Northlight", "shop": "Lumen", "agency": "Northlight", "reference": "SPR-1", "days": 2}
        row = Notification(user=User.objects.get(pk=seller.pk), template=template, path="/", context=context)
        sent = mail_of([row])
        html = sent.alternatives[0].content
        assert (template, left_in_english(f"{sent.subject} {html} {sent.body}", language)) == (template, [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_with_several_things_speaks_the_language(language, seller):
    speaks(seller, language)
    context = {"partner": "Northlight", "shop": "Lumen", "reference": "SPR-1"}
    user = User.objects.get(pk=seller.pk)
    for goes_on in ({"still": ["Volta"]}, {"daily": True}, {"may_refer": True}, {}):
        rows = [
            Notification(user=user, template=f"{verb}_for_seller", path="/", context=context | goes_on)
            for verb in ("accepted", "rejected", "no_response")
        ]
        sent = mail_of(rows)
        assert left_in_english(f"{sent.subject} {sent.alternatives[0].content} {sent.body}", language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_mails_about_an_account_speak_its_language(language, client, seller, mailoutbox):
    speaks(seller, language)
    client.post("/accounts/password/reset/", {"email": seller.email})
    client.cookies["django_language"] = language
    client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    outbox.deliver.call()

    assert [mail.to for mail in mailoutbox] == [[seller.email], ["nobody@example.com"]]
    for mail in mailoutbox:
        text = f"{mail.subject} {mail.alternatives[0].content} {mail.body}"
        assert left_in_english(text, language) == []
        assert "password" not in text.replace("/password/", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_notification_is_read_in_the_language_of_now(language, client, seller, shop):
    context = {"partner": "Northlight", "shop": "Lumen", "reference": "SPR-1"}
    Notification.objects.create(user=seller, source="t", template="accepted_for_seller", path="/", context=context)
    with translation.override(language):
        said = mails.render_line("emails/accepted_for_seller.html#subject", context)

    page = login(client, speaks(seller, language)).get("/notifications/").content.decode()

    assert escape(said) in page
    assert "accepted your request" not in page


# The switch


def test_switch_names_each_language_in_itself(client, db):
    page = client.get("/").content.decode()

    for code, name in settings.LANGUAGES:
        assert re.search(rf'name="language"\s+value="{code}"\s+lang="{code}"[^>]*>{name}<', page)
    assert page.count('aria-current="true">English') == 1


def test_switch_leads_back_to_the_page(client, db):
    page = client.get("/partners/?q=a&sort=newest").content.decode()

    assert 'name="next" value="/partners/?q=a&amp;sort=newest"' in page
    assert client.post("/language/", {"language": "id", "next": "/partners/?q=a"}).url == "/partners/?q=a"
    assert '<html lang="id"' in client.get("/partners/?q=a").content.decode()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de-AT,de;q=0.9", "de"), ("zh-CN,zh;q=0.9", "zh-hans"), ("id-ID", "id"), ("fr-FR,fr", "en"), ("", "en")],
)
def test_browser_decides_for_who_has_not_chosen(accepted, language, client, db):
    response = client.get("/accounts/login/", headers={"accept-language": accepted})

    assert response["Content-Language"] == language
    assert "Accept-Language" in response["Vary"]


def test_language_of_signing_up_is_kept(client, db):
    client.cookies["django_language"] = "id"
    typed = {"shop_name": "Toko", "market": "ID", "language": "id", "name": "Budi", "email": "budi@example.com"}
    password = {"password1": "rahasia-sekali-9", "password2": "rahasia-sekali-9"}

    client.post("/accounts/signup/seller/", typed | password)

    assert User.objects.get(email="budi@example.com").language == "id"


def test_page_of_an_error_on_our_side_speaks_the_language():
    with translation.override("de"):
        page = get_template("500.html").render()
        assert '<html lang="de"' in page
        assert gettext("Something went wrong on our side") in page
        assert left_in_english(page, "de") == []
