"""What stands on a page is found by typing it: one rule for every script, on both databases, on every page."""

import unicodedata

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import names
from accounts.search import begins_a_word_of, stored_words, terms_of, words_begin
from partners.filters import DirectoryFilter
from partners.models import Category, Market, Partner
from requests_app.models import Shop
from requests_app.references import typed_reference
from tests.cast import signed_in
from tests.factories import PartnerFactory, ShopFactory, UserFactory, make_request

NAMES = {  # a name in each script, and the words that its readers see in it
    "Latin": ("Northlight Commerce", ["Northlight", "Commerce"]),
    "French": ("L’Éclat d’Été", ["Éclat", "Été", "ete", "l'eclat", "leclat"]),
    "German": ("Größenwahn & Söhne", ["Größenwahn", "Söhne", "GRÖSSENWAHN", "sohne"]),
    "Danish": ("Smørrebrød Ærø", ["Smørrebrød", "smorrebrod", "Ærø", "aero"]),
    "Polish": ("Łódź Źródło", ["Łódź", "lodz", "zrodlo"]),
    "Turkish": ("İstanbul Işık", ["İstanbul", "istanbul", "Işık", "isik"]),
    "Vietnamese": ("Cửa hàng Đặng", ["Cửa", "hàng", "cua", "hang", "dang"]),
    "Greek": ("Κατάστημα Σίσυφος", ["Κατάστημα", "ΣΊΣΥΦΟΣ", "σισυφος"]),
    "Cyrillic": ("Магазин «Ёлка»", ["Магазин", "ёлка", "елка"]),
    "Armenian": ("Խանութ Երևան", ["Խանութ", "Երևան"]),
    "Georgian": ("მაღაზია თბილისი", ["მაღაზია", "თბილისი"]),
    "Hebrew": ("חֲנוּת שלום", ["חנות", "חֲנוּת", "שלום"]),
    "Arabic": ("مَتْجَر الأناقة", ["متجر", "مَتْجَر", "الأناقة"]),
    "Persian": ("فروشگاه می\u200cخواهم", ["فروشگاه", "می\u200cخواهم", "میخواهم"]),
    "Syriac": ("ܚܢܘܬܐ", ["ܚܢܘܬܐ"]),
    "Devanagari": ("हिन्दी दुकान", ["हिन्दी", "दुकान"]),
    "Bengali": ("বাংলা দোকান", ["বাংলা", "দোকান"]),
    "Gurmukhi": ("ਪੰਜਾਬੀ ਦੁਕਾਨ", ["ਪੰਜਾਬੀ", "ਦੁਕਾਨ"]),
    "Gujarati": ("ગુજરાતી દુકાન", ["ગુજરાતી", "દુકાન"]),
    "Tamil": ("தமிழ் கடை", ["தமிழ்", "கடை"]),
    "Telugu": ("తెలుగు దుకాణం", ["తెలుగు", "దుకాణం"]),
    "Kannada": ("ಕನ್ನಡ ಅಂಗಡಿ", ["ಕನ್ನಡ", "ಅಂಗಡಿ"]),
    "Malayalam": ("മലയാളം കട", ["മലയാളം", "കട"]),
    "Sinhala": ("සිංහල සාප්පුව", ["සිංහල", "සාප්පුව"]),
    "Thai": ("ร้านค้าสวยงาม", ["ร้านค้า", "สวยงาม"]),
    "Lao": ("ຮ້ານຄ້າງາມ", ["ຮ້ານຄ້າ", "ງາມ"]),
    "Khmer": ("ហាងល្អ", ["ហាង", "ល្អ"]),
    "Burmese": ("ဆိုင်ကောင်း", ["ဆိုင်", "ကောင်း"]),
    "Tibetan": ("ཚོང་ཁང་", ["ཚོང", "ཁང"]),
    "Ethiopic": ("ሱቅ ጥሩ", ["ሱቅ", "ጥሩ"]),
    "Korean": ("한국 가게", ["한국", "가게", "한구"]),
    "Chinese": ("星光美妆商店", ["星光", "美妆", "商店"]),
    "Japanese": ("東京ストアさくら", ["東京", "ストア", "さくら", "ｽﾄｱ"]),
    "Mongolian": ("Дэлгүүр Өнгө", ["Дэлгүүр", "Өнгө"]),
    "Cherokee": ("ᏣᎳᎩ ᎠᏓᎾᏅ", ["ᏣᎳᎩ", "ᎠᏓᎾᏅ"]),
    "hyphen": ("Coca-Cola", ["coca", "Cola", "coca-cola", "Coca Cola", "CocaCola", "coca‑cola", "COCA–COLA"]),
    "apostrophe": ("O’Brien's Ship", ["o'brien", "O’Brien", "obrien", "obriens", "brien", "ship"]),
    "ampersand": ("H&M Marks & Spencer", ["H&M", "hm", "h & m", "marks & spencer", "Marks Spencer"]),
    "dots": ("S.H.I.E.L.D. Ltd.", ["shield", "s.h.i.e.l.d", "S.H.I.", "ltd."]),
    "digits": ("Shop 24/7 ٢٤", ["24/7", "24", "247", "٢٤"]),
    "pictures": ("★ Star 🔥Hot", ["★", "star", "🔥", "hot"]),
    "wide": ("ＡＢＣ Ｓｈｏｐ", ["abc", "ＡＢＣ", "shop"]),
}
LONG = "Ein sehr langer Name " * 5 + "mit genau hundert"


def beginning_of(name):
    """The first letter with the marks that stand on it, as a person types it."""
    end = 1
    while end < len(name) and unicodedata.category(name[end])[0] == "M":
        end += 1
    return name[:end]


def typed_for(name, words):
    """What people type: the name, also pasted, shouted or decomposed; each word; the first letters of each."""
    yield from (
        name,
        name.upper(),
        name.lower(),
        unicodedata.normalize("NFD", name),
        unicodedata.normalize("NFC", name),
    )
    yield from (f"\u200f{name}\u200e", f"\ufeff{name}\u200b", f"  {name}  ", name[:3])
    for word in words:
        yield from (word, word.upper(), beginning_of(word), beginning_of(word).upper(), f"\u2068{word}\u2069")


@pytest.mark.django_db
def test_every_name_is_found_by_itself_by_each_word_and_by_first_letters():
    assert len(NAMES) >= 30
    rows = {script: PartnerFactory(name=name) for script, (name, _words) in NAMES.items()}

    missed = [
        (script, typed)
        for script, (name, words) in NAMES.items()
        for typed in typed_for(name, words)
        if not Partner.objects.filter(words_begin("name_words", typed), pk=rows[script].pk).exists()
    ]

    assert missed == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Northlight Commerce", "light"),
        ("Northlight Commerce", "north light x"),
        ("ร้านค้า", "ค้าร้าน"),
        ("ร้านค้า", "ราน"),  # without its tone mark it is another word
        ("Coca-Cola", "oca"),
        ("Coca-Cola", "cola-coca-x"),
        ("星光美妆", "美光"),
        ("हिन्दी", "हन"),
        ("Åse", "ze"),
    ],
)
def test_what_does_not_begin_a_word_finds_nothing(name, typed):
    PartnerFactory(name=name)

    assert not Partner.objects.filter(words_begin("name_words", typed)).exists()


@pytest.mark.once
@pytest.mark.parametrize("typed", ["", "   ", "&", "!!!", "%", "'", "\\", "\u200b\ufeff", None])
def test_signs_alone_ask_for_nothing(typed):
    assert terms_of(typed) == []
    assert words_begin("name_words", typed) is None


@pytest.mark.once
def test_longest_name_is_found_whole():
    assert terms_of(LONG[:120])
    assert all(begins_a_word_of(LONG, term) for term in terms_of(LONG[:120]))


# Letters of which one folds to many, and names without spaces, of which every letter begins a word.
MANY_FOLDED = "㌖" * 120


@pytest.mark.once
@pytest.mark.parametrize(
    "name", [MANY_FOLDED, "\ufdfa" * 120, "美妆星光" * 30, "𠀀𠀁𠀂" * 40, "x" * 120, "한국가게" * 30]
)
def test_no_name_makes_a_long_column_or_a_long_query(name):
    various = "".join(chr(ord(letter) + place % 60) for place, letter in enumerate(name))
    for text in (name, various):
        stored, terms = stored_words(text), terms_of(text)

        assert len(stored.encode()) < 20_000
        assert max(len(word.encode()) for word in stored.split()) <= 160
        assert max(len(word.encode()) for term in terms for word in term) <= 160
        assert all(begins_a_word_of(text, term) for term in terms)


@pytest.mark.once
@pytest.mark.parametrize("typed", ["sps-7k2m", "SPS–7K2M", " sps 7k2m ", "\u200eSPS-7K2M\ufeff", "ＳＰＳ－７Ｋ２Ｍ"])
def test_reference_is_read_however_it_is_pasted(typed):
    assert typed_reference(typed) == "SPS-7K2M"


# On every page

SEARCHED = ("partners_partner", "requests_app_shop", "requests_app_partnerrequest", "accounts_user")  # in the admin


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "typed"),
    [("ร้านค้าสวยงาม", "สวย"), ("Coca-Cola", "coca-cola"), ("Łódź Style", "\u200elodz"), ("星光美妆", "美妆")],
)
def test_every_search_finds_it(name, typed, desk, partner, seller):
    shop, agency = ShopFactory(name=name, owner=seller), PartnerFactory(name=name)
    person = UserFactory(name=name)
    request = make_request(shop, [agency])
    make_request(ShopFactory(name="Fern"), [partner])
    owner = agency.members.get().user
    listed = lambda client, page: client.get(page, {"q": typed}).context  # noqa: E731

    found = {
        "directory": [card.name for card in listed(signed_in(seller), reverse("partners:directory"))["cards"]],
        "My Requests": [row.reference for row in listed(signed_in(seller), reverse("seller:my_requests"))["rows"]],
        "inbox": [row.shop for row in listed(signed_in(owner), reverse("portal:inbox"))["rows"]],
    }
    picker = signed_in(seller).get("/requests/new/", {"q": typed}, headers={"HX-Request": "true"})
    found["picker"] = [option.name for option in picker.context["picker"].options]
    for label in SEARCHED:
        rows = listed(desk, reverse(f"admin:{label}_changelist"))["cl"].result_list
        found[label] = [row.pk for row in rows]

    assert found == {
        "directory": [name],
        "My Requests": [request.reference],
        "inbox": [name],
        "picker": [name],
        "partners_partner": [agency.pk],
        "requests_app_shop": [shop.pk],
        "requests_app_partnerrequest": [request.pk],
        "accounts_user": [person.pk],
    }


@pytest.mark.django_db
@pytest.mark.parametrize("typed", [MANY_FOLDED, "㌖-" * 60, "㌖㌖㌖㌖ " * 23 + "㌖", "\ufdfa" * 120])
def test_every_search_takes_the_longest_words(typed, desk, partner, seller):
    PartnerFactory(name=typed)
    request = make_request(ShopFactory(owner=seller), [partner])
    pages = {
        signed_in(seller): ("partners:directory", "seller:my_requests"),
        signed_in(partner.members.get().user): ("portal:inbox",),
        desk: [f"admin:{label}_changelist" for label in SEARCHED] + ["admin:index"],
    }

    answers = [client.get(reverse(page), {"q": typed}) for client, named in pages.items() for page in named]
    answers.append(signed_in(seller).get("/requests/new/", {"q": typed}, headers={"HX-Request": "true"}))
    answers.append(desk.get(reverse("admin:requests_app_partnerrequest_refer", args=[request.pk]), {"q": typed}))
    of_members = {"app_label": "partners", "model_name": "partnermember", "field_name": "user", "term": typed}
    answers.append(desk.get(reverse("admin:autocomplete"), of_members))

    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert [card.name for card in answers[0].context["cards"]] == [typed]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["n" * 300, "northlight " * 30, "- " * 150])
def test_every_search_finds_nothing_by_a_text_that_is_too_long(typed, desk, partner, seller):
    request = make_request(ShopFactory(owner=seller), [partner])
    said = "The search text is too long. Shorten it to 120 characters."
    in_admin = [reverse(f"admin:{label}_changelist") for label in SEARCHED]

    read = {"mine": signed_in(seller).get(reverse("seller:my_requests"), {"q": typed})}
    read["inbox"] = signed_in(partner.members.get().user).get(reverse("portal:inbox"), {"q": typed})
    read |= {page: desk.get(page, {"q": typed}) for page in in_admin}
    refer = desk.get(reverse("admin:requests_app_partnerrequest_refer", args=[request.pk]), {"q": typed})
    picker = signed_in(seller).get("/requests/new/", {"q": typed}, headers={"HX-Request": "true"})

    assert [page for page, answer in read.items() if said not in answer.content.decode()] == []
    assert [read[page].context["rows"] for page in ("mine", "inbox")] == [[], []]
    assert [len(read[page].context["cl"].result_list) for page in in_admin] == [0] * len(in_admin)
    assert (refer.context["others"], said in refer.content.decode()) == ([], True)
    assert picker.context["picker"].options == []


# The columns follow from the name, whoever writes it


@pytest.mark.django_db
def test_columns_follow_the_name_however_it_is_written(shop):
    agency = PartnerFactory(name="Alpha")
    agency.name = "Beta"
    agency.save(update_fields=["name"])
    Shop.objects.filter(pk=shop.pk).update(name="Gamma-Ray")
    Category.objects.bulk_create([Category(name="Delta Goods")])

    assert Partner.objects.values_list("name_words", "name_order").get(pk=agency.pk) == ("beta", "beta")
    assert Shop.objects.values_list("name_words", "name_order").get(pk=shop.pk) == ("gammaray ray", "gamma ray")
    assert Category.objects.get(name="Delta Goods").name_words == "deltagoods goods"


@pytest.mark.django_db
def test_row_read_without_the_words_is_saved_with_them(shop):
    row = Shop.objects.get(pk=shop.pk)
    assert row.get_deferred_fields() == {"name_words"}
    row.name = "Gamma-Ray"

    row.save()

    assert Shop.objects.values_list("name_words", "name_order").get(pk=shop.pk) == ("gammaray ray", "gamma ray")


@pytest.mark.django_db
def test_lists_do_not_read_the_words(desk, partner, seller):
    make_request(ShopFactory(owner=seller), [partner])
    pages = {signed_in(seller): ("seller:home", "partners:directory", "seller:my_requests", "seller:request_new")}
    pages[signed_in(partner.members.get().user)] = ("portal:inbox", "accounts:notifications")
    pages[desk] = ("admin:index", "admin:requests_app_partnerrequest_changelist", "admin:requests_app_share_changelist")

    with CaptureQueriesContext(connection) as asked:
        for client, named in pages.items():
            for page in named:
                assert client.get(reverse(page), {"q": "a"}).status_code == 200

    read = [each["sql"].partition(" FROM ")[0] for each in asked]
    assert len(read) > 40
    assert [columns for columns in read if "name_words" in columns] == []


@pytest.mark.django_db
def test_refilling_writes_what_is_outdated_once(monkeypatch):
    monkeypatch.setattr(names, "BATCH", 2)
    rows = [PartnerFactory(name=f"Agency {number}") for number in range(5)]
    Partner.objects.all().update(name_words="", name_order="x")
    assert len(names.outdated(Partner.objects.defer(None))) == 5

    assert (names.refill(Partner), names.refill(Partner)) == (5, 0)
    assert set(Partner.objects.values_list("name_words", flat=True)) == {stored_words(row.name) for row in rows}


@pytest.mark.django_db
def test_markets_and_categories_of_the_migrations_are_filled():
    for model in (Market, Category):
        assert names.outdated(model.objects.defer(None)) == []


# Served by indexes


@pytest.mark.postgresql
@pytest.mark.parametrize("typed", ["north", "Coca-Cola", "ร้านค้า"])
def test_searches_of_large_tables_read_the_index(typed, db):
    PartnerFactory(name="Coca-Cola ร้านค้า northlight")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plans = [model.objects.filter(words_begin("name_words", typed)).explain() for model in (Partner, Shop)]

    assert ["_words" in plan for plan in plans] == [True] * 2


@pytest.mark.postgresql
@pytest.mark.parametrize(("few", "most"), [(500, 50_000), (0, 50_000), (0, 0)])
def test_search_of_the_directory_reads_indexes_however_many_it_finds(few, most, db, monkeypatch):
    monkeypatch.setattr("accounts.search.FEW_KEYS", few)
    monkeypatch.setattr("accounts.search.MOST_KEYS", most)
    rows = [PartnerFactory(name=f"Northlight {number}") for number in range(3)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for typed, found in (("north", 3), ("beauty", 3), ("north beauty", 3), ("north zzzz", 0)):
        partners = DirectoryFilter({"q": typed}).qs

        assert partners.filter(pk__in=[row.pk for row in rows]).count() == found
        assert "Seq Scan on partners_partner " not in partners.order_by().explain()
