"""Contact data in free text: found in four languages, however it is written, and nothing else is touched."""

import re
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy
from hypothesis import given, settings
from hypothesis import strategies as st

from requests_app.conversation import masking
from requests_app.conversation.masking import finds_contact, masked

pytestmark = pytest.mark.once

MASK = "[contact details hidden]"
REGIONS = {"en": ("GB", "US"), "de": ("DE", "AT"), "id": ("ID", "SG"), "zh": ("GB", "US", "CN")}
EVERYWHERE = ("GB", "US", "DE", "ID", "CN", "MY", "PH", "SG", "TH", "VN", "IE", "ES", "FR", "IT", "MX", "BR", "JP")
KINDS = ("email", "phone", "link", "handle")
SLOWEST = 0.15  # seconds of a processor for 2,000 characters; up to 0.03 on our machine
LINE = re.compile(r"(\w+)\|(\w+)\|(.*)")


def texts():
    """Give (kind, language, text, contact) of each line; the contact is "" where there is none."""
    for line in (Path(__file__).parent / "texts.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        kind, language, text = LINE.fullmatch(line).groups()
        text = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)
        if kind == "none":
            yield kind, language, text, ""
        else:
            start, end = text.index("{"), text.rindex("}")
            contact = text[start + 1 : end]
            yield kind, language, text[:start] + contact + text[end + 1 :], contact


def is_hidden(contact, text, shown):
    """Return whether neither the contact nor a word of it is left that stands nowhere else in the text."""
    around, shown = text.replace(contact, " ", 1), shown.replace(MASK, "")
    words = [word for word in re.findall(r"\w{4,}", contact) if word not in around]
    return shown != text and contact not in shown and not any(word in shown for word in words)


def test_texts_are_many_and_of_every_kind():
    found = list(texts())

    assert len(found) == len({text for _kind, _language, text, _contact in found}) >= 600
    for language in REGIONS:
        of_language = [kind for kind, its_language, _text, _contact in found if its_language == language]
        assert len(of_language) >= 120
        assert 0.4 <= of_language.count("none") / len(of_language) <= 0.6
        assert {*KINDS, "none"} == set(of_language)


def test_contacts_are_found_and_nothing_else():
    """The figures stand in the captured output: `pytest -rP`."""
    right, count, wrong = defaultdict(int), defaultdict(int), []
    for kind, language, text, contact in texts():
        shown = masked(text, regions=REGIONS[language])
        fits = is_hidden(contact, text, shown) if contact else shown == text
        for key in (kind, language if contact else "innocent", f"{kind} {language}"):
            count[key] += 1
            right[key] += fits
        if not fits:
            wrong.append(f"{kind} {language}: {text} -> {shown}")
    sys.stdout.write("\n".join([*(f"{key}: {right[key]} of {count[key]}" for key in sorted(count)), *wrong, ""]))

    for keys in (KINDS, *([key] for key in (*KINDS, *REGIONS))):
        assert sum(right[key] for key in keys) / sum(count[key] for key in keys) >= 0.95, wrong
    assert right["none"] / count["none"] >= 0.98, wrong


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to mia.hart@example.com, please.", f"Write to {MASK}, please."),
        ("(mia@example.com)", f"({MASK})"),
        ("mia (at) example . com or mia at example dot com", f"{MASK} or {MASK}"),
        ("mia[at]example", MASK),
        ("给我写信：mia＠example．com。谢谢", f"给我写信：{MASK}。谢谢"),
        ("发到mia艾特example点com吧", f"发到{MASK}吧"),
        ("m i a @ e x a m p l e . c o m works", f"{MASK} works"),
        ("call 07700 900 123", f"call {MASK}"),
        ("Call (020) 7946 0018 or +44 20 7946 0019!", f"Call {MASK} or {MASK}!"),
        ("٠٧٧٠٠ ٩٠٠١٢٣", MASK),
        ("0️⃣7️⃣7️⃣0️⃣0️⃣9️⃣0️⃣0️⃣1️⃣2️⃣3️⃣", MASK + "\ufe0f\u20e3"),
        ("See https://example.com/a?b=c.", f"See {MASK}."),
        ("example.co.uk/contact, example (dot) com", f"{MASK}, {MASK}"),
        ("We are at example.com.", f"We are at {MASK}."),
        ("my telegram is lumen_care, mostly", f"my telegram is {MASK}, mostly"),
        ("微信：lumen88", f"微信：{MASK}"),
        ("WA saya 0812 0000 0011 kak", f"WA saya {MASK} kak"),
        ("Schreib mir auf Telegram: @lumen", f"Schreib mir auf Telegram: {MASK}"),
        ("QQ：100200300，谢谢", f"QQ：{MASK}，谢谢"),
    ],
)
def test_only_the_contact_is_hidden(text, expected):
    assert masked(text, regions=("GB", "ID")) == expected
    assert finds_contact(text, regions=("GB", "ID"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SPF 50, A4, 1.500.000, 2026-11-29, 10-12, 30ml x 2, 1,001+",
        "Node.js, v2.1, Vue.js/React, README.md",
        "@ 20% and 5 @ 30",
        "SPR-2345678923 and SPS-9876543298",
        "WhatsApp marketing, Instagram ads, our TikTok shop",
        "e.g. this, z.B. das, d.h. so, etc.and more",
        "Was it 12.500,00 € or 12,500.00 GBP? On 01.02.2026 at 10.30-12.00.",
        "\u200bzero\u200dwidth\x00 and \u202ebidi\u202c stay, ＦＵＬＬ width １２３ too",
        "Sections 5.3.1, 5.4.3 and 14.2.4; rates 0.138, 0.207 and 0.107",
        "  spaces \t and\r\nlines  ",
    ],
)
def test_text_without_a_contact_is_the_same(text):
    assert masked(text, regions=EVERYWHERE) == text
    assert not finds_contact(text, regions=EVERYWHERE)


@pytest.mark.parametrize(
    "sign", ["\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u202e", "\u200f", "\x00", "\x07", "\u034f"]
)
def test_invisible_characters_hide_nothing(sign):
    for contact in ("mia@example.com", "07700900123", "https://example.com", "wa.me/447700900123"):
        assert masked(f"to {sign.join(contact)} now", regions=("GB",)) == f"to {MASK} now"


def test_number_is_read_as_one_of_the_regions():
    assert masked("2025550143 or (202) 555-0143", regions=("US",)) == f"2025550143 or {MASK}"
    assert masked("(202) 555-0143", regions=("GB",)) == "(202) 555-0143"
    assert masked("+1 202 555 0143") == MASK
    assert masked("13800138000", regions=("CN",)) == MASK
    assert masked("13800138000", regions=("GB",)) == "13800138000"


def test_marketplace_is_hidden_with_a_path_alone():
    assert masked("We sell on amazon.de, see amazon.de/shops/lumen") == f"We sell on amazon.de, see {MASK}"


def test_word_after_a_full_stop_is_no_domain():
    assert masked("It is done.It works. Ask for more at noon. Com") == "It is done.It works. Ask for more at noon. Com"
    assert masked("our site is lumen.it and works") == f"our site is {MASK} and works"


@given(st.lists(st.sampled_from([text for _kind, _language, text, _contact in texts()]), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_masking_twice_changes_nothing(chosen):
    once = masked(" ".join(chosen), regions=EVERYWHERE)

    assert masked(once, regions=EVERYWHERE) == once


@given(st.text("ab01 @.+-()/:_微信点#,\u200b", max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_is_masked_for_good(text):
    once = masked(text, regions=EVERYWHERE)

    assert finds_contact(text, regions=EVERYWHERE) == (once != text)
    assert masked(once, regions=EVERYWHERE) == once


@pytest.mark.parametrize(
    "piece",
    [
        "7", "0", "@", "a.", "a@", "a ", "0 ", "07 ", "07700 900123 ", "+44 7700 900123,", "1.", "1.000.", "+4",
        "01.02.2026-", "微信", "微信：a_1 ", "telegram id ab1 ", "http://", "www.", "(at)", "a at ", "a dot ", "one ",
        "一", "(", " ",
        "\n", "\u200b", "a-", "@a.", "de.", "x.in y", "SPR-", "a#a.", "ﷺ", "0o", "live:a", "call 12345678 ", "qq 1",
    ],
)  # fmt: skip
def test_worst_texts_are_read_in_time(piece):
    text = (piece * 2000)[:2000]
    masked("call 07700 900123", regions=EVERYWHERE)  # the library is loaded

    start = time.process_time()
    masked(text, regions=EVERYWHERE)

    assert time.process_time() - start < SLOWEST


def test_mask_is_in_the_language_of_the_reader(monkeypatch):
    monkeypatch.setattr(masking, "MASK", gettext_lazy("Sign in"))

    with translation.override("de"):
        assert masked("to mia@example.com") == "to Anmelden"


def test_library_of_numbers_is_loaded_when_a_number_is_read():
    code = (
        "import sys; from requests_app.conversation.masking import finds_contact; from django.conf import settings;"
        "settings.configure(USE_I18N=False); finds_contact('for 12,500 on 2026-11-29');"
        "assert 'phonenumbers' not in sys.modules; assert finds_contact('+44 7700 900123');"
        "assert 'phonenumbers' in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
