"""Every text that notices and partner services can send is there, whole, and in the reader's zone."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone, translation

from accounts import clock, outbox
from accounts.models import Notification
from partners import services as partner_services
from partners.workflow import DeclineReason
from requests_app.events import NO_RESPONSE, mail_templates
from requests_app.reasons import ClosedReason, RejectReason, ReleaseReason
from requests_app.teams import mails as team_mails
from requests_app.templatetags import wording
from requests_app.timers import run_timers
from tests.client import text_of
from tests.factories import PartnerFactory, UserFactory, lapse, make_request
from tests.markup import elements_of, read, tree_of

pytestmark = pytest.mark.once

FOLDER = settings.BASE_DIR / "templates" / "emails"
LONG = "The Very Long and Ceremonious Name of an Agency & Company with Söhne " * 2
CONTEXT = {
    "shop": "Lumen & Söhne",
    "partner": "Northlight <Commerce>",
    "reference": "SPR-7KQ2MZ9XWA",
    "reasons": [{"code": "specialises", "category": "Beauty & Personal Care"}],
    "until": "2026-12-03T22:05:00+00:00",
    "version": 2,
    "changed": ["budget", "platform_gmv", "request_type", "password_off", "months", "valid_until"],
    "closed_by": "staff",
    "areas": {"orders": "view", "products": "manage"},
    "days": 90,
    "type": "refer",
    "partners": ["Northlight <Commerce>", "Volta"],
    "tries": 3,
    "score": 97,
    "asked": ["Volta"],
    "still": ["Harbour & Pine", "Kestrel Live"],
    "services": ["livestream", "ads"],
    "start": "month",
    "category": "Beauty & Personal Care",
    "market": ["ID", "Indonesia"],
    "budget": "12500000.00",
    "currency": "IDR",
    "daily": True,
    "may_refer": False,
    "hold": "screening",
    "missed": 2,
    "role": "viewer",
    "how": "removed",
    "open_work": 3,
}
ABOUT = "Livestream selling, Advertising, Beauty & Personal Care"
BARE = CONTEXT | {"reasons": [], "partners": [], "asked": [], "still": [], "daily": False, "may_refer": True}
BARE |= {"hold": "", "missed": 0}


def sent_by_partner_services():
    """The names of templates in partners/services.py."""
    tree = ast.parse(Path(partner_services.__file__).read_text())
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {text for text in texts if re.fullmatch(r"[a-z_]+_for_(seller|partner)", text)}


OF_SETTINGS = {"settings_changed_for_owner", "second_factor_required_for_member", "sign_in_changed_for_owner"}
OF_SIDES = {"staff_joined_for_owner", *OF_SETTINGS, *team_mails.DRAWN}
TOLD_OF = sorted(mail_templates() | sent_by_partner_services() | OF_SIDES)


def notification(template, context=CONTEXT, **user):
    reasons = RejectReason if template.startswith(("rejected", "withdrawn")) else ClosedReason
    if template.startswith(("released", "held")):
        reasons = ReleaseReason
    if template.startswith("partner_declined"):
        reasons = DeclineReason
    return Notification(
        user=UserFactory(**user),
        template=template,
        source="test",
        path="/requests/SPR-7KQ2MZ9XWA/",
        context={"reason": reasons.values[0]} | context,
    )


def test_templates_are_those_that_are_sent():
    assert {"partner_approved_for_partner", "unmatched_for_seller"} <= set(TOLD_OF)
    expected = {f"{name}.html" for name in [*TOLD_OF, "about", "digest", "base"]} | {"base.txt"}
    assert {path.name for path in FOLDER.iterdir()} == expected


@pytest.mark.parametrize("name", [*TOLD_OF, "digest"])
def test_template_holds_the_parts_of_a_mail(name):
    more = {NO_RESPONSE: ["then"], "digest": ["plain"], "rejected_for_seller": ["goes_on"]}

    parts = re.findall(r"{% partialdef (\w+)", (FOLDER / f"{name}.html").read_text())

    assert sorted(parts) == sorted(["subject", "body", "button", *more.get(name, [])])


@pytest.mark.django_db
@pytest.mark.parametrize("values", [CONTEXT, BARE], ids=["full", "bare"])
@pytest.mark.parametrize("template", TOLD_OF)
def test_mail_is_whole(template, values):
    outbox.mail_of([notification(template, values)]).send()

    sent = mail.outbox[0]
    paragraphs = [" ".join(text.split()) for text in re.split(r"\n\n|\n- ", sent.body.partition("\n-- \n")[0])]
    unsubscribe = sent.extra_headers["List-Unsubscribe"].strip("<>")
    heading, read, links = read_html(sent.alternatives[0].content)
    assert heading == sent.subject
    assert len(paragraphs) >= 3
    assert max(map(len, paragraphs)) < 400
    assert [text for text in paragraphs[:-1] if text.removeprefix("- ") not in read] == []
    expected = [f"{settings.SITE_URL}/requests/SPR-7KQ2MZ9XWA/", unsubscribe]
    assert links == re.findall(r"https?://\S+", sent.body) == expected
    assert sent.from_email == settings.DEFAULT_FROM_EMAIL
    assert sent.message()["Auto-Submitted"] == "auto-generated"
    for text in (sent.subject, sent.body, read):
        assert not re.search(r"&(amp|lt|gt|#x?\d+);|None|[{}%]| [.,:]", text)


def read_html(html):
    """Give the heading, all that is read, and every address of a mail's HTML."""
    tree, errors = read(html)
    elements = elements_of(tree)
    assert errors == []
    heading = next(text_of(element) for element in elements if element.tag == "h1")
    text = next(text_of(element) for element in elements if element.tag == "body")
    return heading, text, [value for element in elements for value in element.attrib.values() if "//" in value]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["- Volta", "  - Volta", "\n\n- Volta", "</p><ul><li>Volta", "Volta\n\n-- \nhttps://x"]
)
@pytest.mark.parametrize("template", TOLD_OF)
def test_name_makes_no_paragraph_and_no_list(template, name):
    """A line break gets into a name past the forms only, which refuse it."""
    plain, odd = (
        outbox.mail_of([notification(template, CONTEXT | {"shop": each, "partner": each})]) for each in ("Volta", name)
    )

    assert shape(odd) == shape(plain)
    assert words(odd).replace(" ".join(name.split()), "Volta") == words(plain)


def words(sent):
    return sent.body.rpartition("\n-- \n")[0]


def shape(sent):
    return [element.tag for element in elements_of(tree_of(sent.alternatives[0].content))]


@pytest.mark.django_db
@pytest.mark.parametrize("template", TOLD_OF)
def test_subject_is_one_short_line_whatever_the_names(template):
    row = notification(template, CONTEXT | {"shop": LONG, "partner": LONG + "\nBcc: all@example.com"})

    line = outbox.subject_of(row)

    assert 10 < len(line) <= 90
    assert "\n" not in line


@pytest.mark.django_db
@pytest.mark.parametrize(("partner", "closed"), [("Volta", "closed for Volta on"), ("", "closed on")])
def test_stale_warning_says_for_whom_it_would_be_closed(partner, closed):
    line = outbox.subject_of(notification("stale_warned_for_seller", CONTEXT | {"partner": partner}))

    assert line == f"SPR-7KQ2MZ9XWA will be {closed} Thu 3 Dec if nothing happens"


@pytest.mark.django_db
def test_subject_with_a_line_break_in_a_name_is_still_one_line():
    row = notification("accepted_for_seller", CONTEXT | {"partner": "Volta\r\nBcc: all@example.com"})

    assert outbox.mail_of([row]).message()["Bcc"] is None
    assert outbox.subject_of(row) == "Volta Bcc: all@example.com accepted your request"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Europe/London", "Thursday 3 December 2026, 22:05 GMT", "Thu 3 Dec"),
        ("Asia/Jakarta", "Friday 4 December 2026, 05:05 WIB", "Fri 4 Dec"),
    ],
)
def test_times_stand_in_the_readers_zone(zone, moment, day, time_machine):
    time_machine.move_to("2026-11-26T12:00:00+00:00")

    sent = outbox.mail_of([notification("shared_for_partner", time_zone=zone)])

    assert sent.subject == f"New request from Lumen & Söhne: answer by {day} ({ABOUT}, SPR-7KQ2MZ9XWA)"
    assert f"until {moment} to accept" in sent.body
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.django_db
def test_codes_stand_in_words():
    texts = {name: outbox.mail_of([notification(name)]).body for name in TOLD_OF}

    assert "What changed: TikTok Shop sales GMV and Budget." in texts["edited_for_partner"]
    assert "What you may do: Products (manage) and Orders (view)." in texts["authorised_for_partner"]
    assert "Its reason: No capacity at the moment." in texts["rejected_for_seller"]
    assert "The seller closed it." in texts["share_closed_for_partner"]
    assert "Our staff closed it." in texts["request_closed_for_seller"]
    assert "- Specialises in Beauty & Personal Care" in texts["shared_for_seller"]


@pytest.mark.parametrize("template", TOLD_OF)
def test_notification_has_an_icon_of_its_own(template):
    assert wording.drawn(template) != wording.drawn("made_up_for_seller") == ("bell", "grey")


@pytest.mark.django_db
@pytest.mark.parametrize("template", [name for name in TOLD_OF if name.endswith("_for_partner")])
def test_partner_is_not_told_how_it_was_chosen(template):
    sent = outbox.mail_of([notification(template)])
    read = re.sub(r"https?://\S+", "", sent.body)

    assert [word for word in ("Specialises", "97", "refer") if word in read] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "day"), [("de", "Donnerstag, 3. Dezember 2026"), ("fr", "Thursday 3 December 2026")]
)
def test_mail_speaks_the_readers_language_where_it_is_offered(language, day, settings):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]

    sent = outbox.mail_of([notification("shared_for_partner", language=language)])

    assert day in sent.body
    assert translation.get_language() == "en"


def silence(mailoutbox, person):
    """What a seller is mailed a week after nobody answered."""
    outbox.deliver.call()
    mailoutbox.clear()
    with clock.at(clock.now() + timedelta(days=7)):
        run_timers()
    return next(sent for sent in mailoutbox if sent.to == [person.email])


@pytest.mark.parametrize(
    ("picks", "referred", "goes_on"),
    [
        (1, 0, "On the request’s page you can choose other partners, or let TikTok Shop refer some."),
        (0, 1, "Nobody has it at the moment. We look again every day"),
        (0, 5, "TikTok Shop has asked the next: the request is with "),
    ],
)
def test_silence_is_told_with_what_comes_next(shop, seller, mailoutbox, picks, referred, goes_on):
    picked = PartnerFactory.create_batch(picks)
    PartnerFactory.create_batch(referred)
    request = make_request(shop, picked)
    silent = request.shares.live().count()

    sent = silence(mailoutbox, seller)
    rows = list(seller.notifications.filter(template="no_response_for_seller"))
    body = " ".join(outbox.mail_of(rows[-1:]).body.split())

    assert len(rows) == silent
    assert {outbox.subject_of(row) for row in rows} == {
        f"{share.partner.name} did not answer {request.reference}" for share in request.shares.exclude(closed_reason="")
    }
    assert "Your request itself stays open." in body
    assert goes_on in body
    assert request.reference in sent.subject


def test_silence_of_one_names_who_still_has_the_request(shop, seller, partner, other_agency):
    request = make_request(shop, [partner, other_agency])
    lapse(request.shares.get(partner=partner))

    row = seller.notifications.get(template="no_response_for_seller")
    assert f"It is still with {other_agency.name}." in outbox.mail_of([row]).body


def test_mail_of_several_requests_says_so_and_keeps_each_together(shop, seller, mailoutbox):
    requests = [make_request(shop, PartnerFactory.create_batch(2)) for _number in range(3)]

    sent = silence(mailoutbox, seller)

    assert sent.subject == "3 of your requests have news"
    for request in requests:
        names = [share.partner.name for share in request.shares.order_by("pk")]
        lines = "\n".join(f"- {name} did not answer {request.reference}" for name in names)
        url = f"{settings.SITE_URL}{request.get_absolute_url()}"
        then = (
            "Your request is open. Nobody has it at the moment: choose other partners, or let TikTok Shop refer some."
        )
        assert f"{request.reference}\n{lines}\n  {then}\n  {url}\n" in sent.body
        assert sent.alternatives[0].content.count(url) == 1


@pytest.mark.parametrize(("daily", "said"), [(True, True), (False, False)])
@pytest.mark.parametrize("template", ["unmatched_for_seller", "submitted_for_seller"])
def test_daily_tries_are_promised_only_where_they_are_made(template, daily, said, db):
    row = notification(template, CONTEXT | {"partners": [], "daily": daily})

    body = outbox.mail_of([row]).body

    assert ("again every day" in body) is said
    assert "choose partners yourself" in body
    assert "need to do nothing" not in body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("goes_on", "then"),
    [
        ({}, "Your request is open. It is with Volta, Harbour & Pine, and Kestrel Live now."),
        ({"asked": []}, "Your request is open. It is with Harbour & Pine and Kestrel Live now."),
        ({"asked": [], "still": []}, "Your request is open. Nobody has it at the moment; we look again every day."),
    ],
)
def test_mail_of_several_says_how_a_request_goes_on_after_silence(goes_on, then):
    user = UserFactory()
    rows = [notification(NO_RESPONSE, CONTEXT | goes_on), notification("rejected_for_seller")]
    for row in rows:
        row.user = user

    assert then in outbox.mail_of(rows).body
