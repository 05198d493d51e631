import time
import urllib.request
from datetime import date
from decimal import Decimal, InvalidOperation
from http.client import HTTPException, IncompleteRead
from pathlib import Path
from xml.etree import ElementTree as ET

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from partners.choices import Currency
from partners.services import refresh_bands, save_rates

DAILY = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
MOST_BYTES, CHUNK = 1_000_000, 64_000
SILENCE, LONGEST = 30, 120  # seconds without a byte, and for the whole transfer
NAMESPACE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}"


class Command(BaseCommand):
    help = "Read the European Central Bank's daily reference rates from a URL or a file, and redo the budget bands."

    def add_arguments(self, parser):
        parser.add_argument("source", nargs="?", default=DAILY, help=f"an http(s) URL or a file ({DAILY})")

    def handle(self, *args, source, **options):
        day, rates = parse(read(source))
        try:
            saved = save_rates(rates, date=day, source="European Central Bank")
        except ValidationError as error:
            raise CommandError(f"This list is not usable: {' '.join(error.messages)} Nothing was stored.") from error
        count = refresh_bands(rates)  # all of them, so that the next run completes one that was killed
        self.stdout.write(f"{len(saved)} rates of {day} stored: {', '.join(saved)}. {count} partners placed anew.")
        if missing := sorted(set(Currency.values) - rates.keys() - {Currency.EUR}):
            self.stdout.write(f"Not in this list, to be kept by staff: {', '.join(missing)}.")


def read(source):
    """Return the bytes at a URL or in a file; raise CommandError, in one line, if they cannot be read to the end."""
    try:
        if source.startswith(("http://", "https://")):
            return download(source)
        with Path(source).open("rb") as file:
            return file.read(MOST_BYTES)
    except (OSError, HTTPException, ValueError) as error:  # no network, a cut transfer, an address that is none
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CommandError(f"{source} could not be read ({reason}). Nothing was changed.") from error


def download(url):
    """Return the bytes at a URL, in LONGEST seconds at most; raise OSError, HTTPException or ValueError."""
    until, parts, size = time.monotonic() + LONGEST, [], 0
    with urllib.request.urlopen(url, timeout=SILENCE) as response:  # noqa: S310 (http alone, see above)
        while size < MOST_BYTES and (part := response.read1(CHUNK)):
            parts.append(part)
            size += len(part)
            if time.monotonic() > until:
                raise TimeoutError(f"not complete after {LONGEST} seconds")
        if response.length and size < MOST_BYTES:  # read1 raises this for chunks alone
            raise IncompleteRead(b"".join(parts), response.length)
    return b"".join(parts)


def parse(xml):
    """Return the day and our currencies' rates per euro from the bank's XML; raise CommandError for another format."""
    try:
        root = ET.fromstring(xml)  # noqa: S314 (expat refuses entity bombs since 2.4.1, and MOST_BYTES bounds the rest)
        day = next(cube for cube in root.iter(f"{NAMESPACE}Cube") if "time" in cube.attrib)
        rates = {
            cube.attrib["currency"]: Decimal(cube.attrib["rate"])
            for cube in day.iter(f"{NAMESPACE}Cube")
            if cube.attrib.get("currency") in Currency.values
        }
        if not rates:
            raise ValueError("no rates")
        return date.fromisoformat(day.attrib["time"]), rates
    except (ET.ParseError, StopIteration, LookupError, InvalidOperation, ValueError) as error:  # also an odd encoding
        raise CommandError("This is not the bank's daily list of rates. Nothing was changed.") from error
