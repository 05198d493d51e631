"""The European Central Bank's daily list, from a file and from a web server; and what staff change by hand."""

import threading
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse

from partners import bands, offers, services
from partners.choices import Currency
from partners.models import ExchangeRate, Offer
from partners.rates import rate_gaps
from tests.factories import PartnerFactory
from tests.staff import page

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
                 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube><Cube time="{day}">
    <Cube currency="USD" rate="1.1597"/><Cube currency="GBP" rate="{gbp}"/><Cube currency="CHF" rate="0.93"/>
  </Cube></Cube>
</gesmes:Envelope>"""


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


def test_list_of_a_web_server_is_stored(db):
    class Bank(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/daily.xml" else 404)
            self.end_headers()
            self.wfile.write(LIST.format(day="2026-11-19", gbp="0.88").encode())

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Bank)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        call_command("import_rates", f"http://127.0.0.1:{server.server_port}/daily.xml", stdout=StringIO())
        with pytest.raises(CommandError, match="404"):
            call_command("import_rates", f"http://127.0.0.1:{server.server_port}/moved.xml")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert rates()["GBP"] == (Decimal("0.88"), "2026-11-19")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>Try again later</body>",
        b"<a/>",
        b"\x00\xff",
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


def test_file_that_is_not_there_is_named(db):
    with pytest.raises(CommandError, match=r"/nowhere\.xml could not be read"):
        call_command("import_rates", "/nowhere.xml")


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
