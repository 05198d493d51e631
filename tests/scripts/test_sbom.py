"""The bill of materials names what the lock of production pins, with hashes, licences and who asks for what."""

import json

import pytest
from cyclonedx.output.json import JsonV1Dot6

from scripts import licences, sbom
from shoppartners.release import VERSION

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def bill():
    lock = (licences.ROOT / "requirements/production.txt").read_text()
    return json.loads(JsonV1Dot6(sbom.bill(lock)).output_as_string())


def test_every_pin_of_production_is_named_with_hashes_and_a_licence(bill):
    named = {(component["name"], component["version"]) for component in bill["components"]}

    assert named == licences.pins("production.txt")
    assert all(component["hashes"] and component["licenses"] for component in bill["components"])


def test_product_comes_with_its_version_and_asks_for_its_own_dependencies(bill):
    product = bill["metadata"]["component"]
    asked = {dependency["ref"]: set(dependency.get("dependsOn", ())) for dependency in bill["dependencies"]}
    of_name = {component["name"]: component["bom-ref"] for component in bill["components"]}

    assert (product["name"], product["version"]) == ("shoppartners", VERSION)
    assert {of_name["django"], of_name["gunicorn"]} < asked[product["bom-ref"]]
    assert of_name["sqlparse"] not in asked[product["bom-ref"]]
    assert of_name["sqlparse"] in asked[of_name["django"]]


def test_same_lock_gives_the_same_serial_number():
    lock = "idna==3.20 \\\n    --hash=sha256:" + "0" * 64 + "\n    # via shoppartners (pyproject.toml)\n"

    assert sbom.bill(lock).serial_number == sbom.bill(lock).serial_number != sbom.bill(lock + "#").serial_number


def test_lock_that_is_not_understood_is_refused():
    with pytest.raises(SystemExit, match="django>=6"):
        sbom.bill("django>=6\n")
