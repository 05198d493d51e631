"""The European Central Bank's daily list, from a file and from a web server; and what staff change by hand."""

import gzip
import threading
import time
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse

from partners import bands, offers, services
from partners.choices import Currency
from partners.management.commands import import_rates
from partners.matching_index import Offer
from partners.models import ExchangeRate
from partners.rates import rate_gaps
from tests.factories import PartnerFactory
from tests.staff import page

pytestmark = pytest.mark.once_on_postgresql

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
                 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube><Cube time="{day}">
    <Cube currency="USD" rate="1.1597"/><Cube currency="GBP" rate="{gbp}"/><Cube currency="CHF" rate="0.93"/>
  </Cube></Cube>
</gesmes:Envelope>"""
WHOLE = LIST.format(day="2026-11-19", gbp="0.88").encode()
MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-20T12:00Z"):
        yield


@pytest.fixture
def bring(tmp_path, db):
    """Import a list, or these bytes; gives what the command says."""

    def bring(day="2026-11-19", gbp="0.88", content=None):
        path = tmp_path / "daily.xml"
        path.write_bytes(LIST.format(day=day, gbp=gbp).encode() if content is None else content)
        out = StringIO()
        call_command("import_rates", str(path), stdout=out)
        return out.getvalue()

    return bring


def rates():
    return {rate.currency: (rate.per_euro, str(rate.date)) for rate in ExchangeRate.objects.all()}


def test_list_in_a_file_is_stored_with_its_date_and_source(bring):
    said = bring()

    assert rates() == {"USD": (Decimal("1.1597"), "2026-11-19"), "GBP": (Decimal("0.88"), "2026-11-19")}
    assert set(ExchangeRate.objects.values_list("source", flat=True)) == {"European Central Bank"}
    assert "2 rates of 2026-11-19 stored: GBP, USD." in said
    assert "Not in this list, to be kept by staff: BRL, IDR, JPY, MXN, MYR, PHP, SGD, THB, VND." in said


@pytest.fixture
def bank():
    """`bank(answer)`: a web server that answers by writing to the socket itself; gives the list's address there."""
    servers = []

    def bank(answer):
        class Bank(BaseHTTPRequestHandler):
            def do_GET(self):
                answer(self)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Bank)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/daily.xml"

    yield bank
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def answering(head, body=b"", *, pause=0):
    """Send these lines of a head and this body, in bits with a pause between them if there is one, and hang up."""

    def answer(handler):
        try:
            handler.wfile.write("\r\n".join([*head, "", ""]).encode())
            for start in range(0, len(body), 50 if pause else MEGABYTE):
                handler.wfile.write(body[start : start + (50 if pause else MEGABYTE)])
                time.sleep(pause)
        except OSError:
            pass  # whoever asked has gone

    return answer


def test_list_of_a_web_server_is_stored(db, bank):
    call_command("import_rates", bank(answering(["HTTP/1.0 200 OK"], WHOLE)), stdout=StringIO())

    assert rates()["GBP"] == (Decimal("0.88"), "2026-11-19")


def in_chunks(body):
    return b"%x\r\n%s\r\n" % (len(body), body)


LENGTH, CHUNKED = f"Content-Length: {len(WHOLE)}", "Transfer-Encoding: chunked"
BROKEN = {
    "not found": (["HTTP/1.0 404 Not Found"], b"", "404"),
    "failed": (["HTTP/1.0 500 Server Error"], WHOLE, "500"),
    "cut": (["HTTP/1.1 200 OK", LENGTH], WHOLE[:300], "IncompleteRead"),
    "cut without a length": (["HTTP/1.0 200 OK"], WHOLE[:300], "not the bank's daily list"),
    "cut among chunks": (["HTTP/1.1 200 OK", CHUNKED], in_chunks(WHOLE[:300]), "IncompleteRead"),
    "cut within a chunk": (["HTTP/1.1 200 OK", CHUNKED], in_chunks(WHOLE)[:300], "IncompleteRead"),
    "bad chunks": (["HTTP/1.1 200 OK", CHUNKED], b"many\r\n" + WHOLE, "could not be read"),
    "nothing": (["HTTP/1.0 200 OK"], b"", "not the bank's daily list"),
    "no protocol": (["250 smtp.example"], b"", "could not be read"),
    "endless head": (["HTTP/1.0 200 OK", "X: " + "x" * 70_000], WHOLE, "could not be read"),
    "moved nowhere": (["HTTP/1.0 302 Found", "Location: ftp://"], b"", "could not be read"),
    "page of the network": (
        ["HTTP/1.0 200 OK", "Content-Type: text/html"],
        b"<!doctype html><title>Sign in</title><p>&nbsp;<br>",
        "not the bank's daily list",
    ),
    "endless": (["HTTP/1.0 200 OK"], WHOLE[:300] + b" " * 2 * MEGABYTE + WHOLE[300:], "not the bank's daily list"),
}


@pytest.mark.parametrize(("head", "body", "said"), BROKEN.values(), ids=BROKEN)
def test_broken_transfer_is_one_line_and_the_old_rates_stay(bring, bank, head, body, said):
    bring(day="2026-11-18", gbp="0.86")
    before = rates()

    error = refused(bank(answering(head, body)))

    assert said in error
    assert rates() == before


@pytest.mark.parametrize(("silence", "longest"), [(0.2, 60), (60, 0.2)], ids=["silent", "slow"])
def test_transfer_that_takes_too_long_is_given_up(bring, bank, monkeypatch, silence, longest):
    monkeypatch.setattr(import_rates, "SILENCE", silence)
    monkeypatch.setattr(import_rates, "LONGEST", longest)
    bring(day="2026-11-18", gbp="0.86")
    before = rates()

    error = refused(bank(answering(["HTTP/1.1 200 OK", LENGTH], WHOLE, pause=0.5 if silence < 1 else 0.05)))

    assert "could not be read" in error
    assert rates() == before


@pytest.mark.parametrize(
    "source",
    ["http://127.0.0.1:1/", "http://nobody.invalid/", "https://127.0.0.1:1/", "http://", "http://a b/", "http://[/",
     "http://127.0.0.1:port/", "http://" + "é" * 70 + "/", "/nowhere.xml", "/", "", "nul\x00.xml"],
)  # fmt: skip
def test_source_that_cannot_be_reached_is_named_in_one_line(bring, source):
    bring(day="2026-11-18", gbp="0.86")
    before = rates()

    assert refused(source).startswith(f"{source} could not be read (")
    assert rates() == before


def refused(source):
    """What the command says when it refuses; with an error of its own it would have ended otherwise."""
    with pytest.raises(CommandError) as raised:
        call_command("import_rates", source)
    said = str(raised.value)
    assert "\n" not in said
    assert said.endswith("Nothing was changed.")
    return said


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>Try again later</body>",
        b"<a/>",
        b"\x00\xff",
        WHOLE[:-30],
        WHOLE.replace(b"UTF-8", b"no-such-code"),
        WHOLE.replace(b"UTF-8", b"UTF-16"),
        WHOLE.replace(b"UTF-8", b"big5"),
        WHOLE.replace(b"Reference", b"R\xe9f\xe9rence"),
        gzip.compress(WHOLE),
        LIST.format(day="2026-11-19", gbp="nonsense").encode(),
        LIST.format(day="2026-11-19", gbp="NaN").encode(),
        LIST.format(day="2026-11-19", gbp="Infinity").encode(),
        LIST.format(day="2026-11-19", gbp="0").encode(),
        LIST.format(day="2026-11-19", gbp="-1").encode(),
        LIST.format(day="2026-11-19", gbp="1e30").encode(),
        LIST.format(day="tomorrow", gbp="0.88").encode(),
        LIST.format(day="2026-12-24", gbp="0.88").encode(),  # it would stand against every later list
        LIST.format(day="2026-11-19", gbp="0.88").replace("USD", "AAA").replace("GBP", "BBB").encode(),
        b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 9999 + b'">' + b"".join(
            b'<!ENTITY x%d "%s">' % (n, b"&x%s;" % (str(n - 1).encode() if n else b"") * 99) for n in range(5)
        ) + b"]><a>&x4;</a>",
    ],
)  # fmt: skip
def test_garbage_is_refused_whole(bring, content):
    bring(day="2026-11-18", gbp="0.86")
    before = rates()

    with pytest.raises(CommandError):
        bring(content=content)

    assert rates() == before


def test_older_list_changes_nothing_and_the_same_day_replaces(bring):
    bring(day="2026-11-19", gbp="0.88")

    bring(day="2026-11-18", gbp="0.70")
    older = rates()["GBP"]
    bring(day="2026-11-19", gbp="0.89")

    assert older == (Decimal("0.88"), "2026-11-19")
    assert rates()["GBP"] == (Decimal("0.89"), "2026-11-19")
    assert ExchangeRate.objects.get(currency="GBP").history.count() == 2


def test_bands_follow_the_new_rates(bring):
    partner = PartnerFactory(currency="GBP", smallest_budget=900)  # 1,023 EUR at 0.88, 947 at 0.95
    unrated = Offer.objects.get(partner=partner).band
    bring(day="2026-11-18", gbp="0.88")
    first = Offer.objects.get(partner=partner).band

    said = bring(day="2026-11-19", gbp="0.95")

    assert (unrated, first, Offer.objects.get(partner=partner).band) == (
        bands.UNRATED + Currency.values.index("GBP"),
        4,
        3,
    )
    assert "1 partners placed anew." in said
    assert list(offers.offenders()) == []


def test_offers_whose_band_is_right_are_left_alone(bring, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)  # three transactions
    for budget in (900, 2000, 900, 0, 900):
        PartnerFactory(currency="GBP", smallest_budget=budget)
    bring(day="2026-11-18", gbp="0.88")
    before = set(Offer.objects.values_list("pk", flat=True))

    bring(day="2026-11-19", gbp="0.95")

    assert set(Offer.objects.values_list("pk", flat=True)) == before
    assert set(Offer.objects.values_list("band", flat=True)) == {0, 3, 5}
    assert list(offers.offenders()) == []


def test_currency_that_staff_keep_stays_as_they_left_it(bring, db):
    services.save_rates({"VND": Decimal(30_000)}, date=date(2026, 11, 1), source="Staff")

    bring()

    assert rates()["VND"] == (Decimal(30_000), "2026-11-01")


# By hand


def rate_form(**changes):
    return {"currency": "VND", "per_euro": "30000", "date": "2026-11-20", "source": "Central bank"} | changes


def test_rate_of_staff_moves_the_offers(desk, django_capture_on_commit_callbacks, settings):
    settings.TASKS = {"default": {"BACKEND": "shoppartners.task_backends.OnCommitBackend"}}
    partner = PartnerFactory(currency="VND", smallest_budget=40_000_000)  # 1,333 EUR
    unrated = Offer.objects.get(partner=partner).band

    with django_capture_on_commit_callbacks(execute=True):
        desk.post(reverse("admin:partners_exchangerate_add"), rate_form())
    added = Offer.objects.get(partner=partner).band
    rate = ExchangeRate.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(page(rate), rate_form(per_euro="60000"))
    changed = Offer.objects.get(partner=partner).band
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(page(rate, "delete"), {"post": "yes"})

    assert unrated == bands.UNRATED + Currency.values.index("VND")
    assert (added, changed, Offer.objects.get(partner=partner).band) == (4, 3, unrated)
    assert list(offers.offenders()) == []


def test_rate_has_one_row_a_currency_and_keeps_it(desk):
    desk.post(reverse("admin:partners_exchangerate_add"), rate_form())

    response = desk.post(reverse("admin:partners_exchangerate_add"), rate_form(per_euro="31000"))
    desk.post(page(ExchangeRate.objects.get()), rate_form(currency="JPY", per_euro="32000"))

    assert response.context["errors"]
    assert rates() == {"VND": (Decimal(32_000), "2026-11-20")}
    assert ExchangeRate.objects.get().history.count() == 2


@pytest.mark.parametrize(
    ("changes", "field"), [({"currency": "EUR", "per_euro": "5"}, "currency"), ({"date": "2062-01-01"}, "date")]
)
def test_rate_of_the_euro_or_of_a_day_to_come_is_refused(desk, changes, field):
    response = desk.post(reverse("admin:partners_exchangerate_add"), rate_form(**changes))

    assert list(response.context["adminform"].form.errors) == [field]
    assert not ExchangeRate.objects.exists()


def test_gaps_name_what_is_missing_and_what_is_old(bring):
    bring(day="2026-10-20")
    services.save_rates({"VND": Decimal(30_000)}, date=date(2026, 10, 25), source="Staff")

    gaps = rate_gaps()

    assert gaps.old == ["GBP", "USD"]
    assert gaps.missing == ["BRL", "IDR", "JPY", "MXN", "MYR", "PHP", "SGD", "THB"]
