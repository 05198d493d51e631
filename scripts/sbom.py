"""Writes the bill of materials of a release (CycloneDX 1.6, JSON) into var/sbom/, and renews docs/licences.md.

It names what requirements/production.txt installs, on whatever platform: hashes, licences, and what asks for what. It
is the same on every machine; what only some platforms or Pythons install has its condition as the property "marker".
"""

import re
import sys
import uuid

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from scripts import licences
from shoppartners.release import VERSION

FOLDER = licences.ROOT / "var" / "sbom"
PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)(?:\[[a-z,]+\])?==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\$")
HASH = re.compile(r"^    --hash=sha256:(\w+)", re.MULTILINE)
DIRECT = "shoppartners (pyproject.toml)"


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"shoppartners-{VERSION}.cdx.json"
    bom = bill((licences.ROOT / "requirements" / "production.txt").read_text())
    path.write_text(JsonV1Dot6(bom).output_as_string(indent=2) + "\n")
    licences.FILE.write_text(licences.document())
    print(f"{path.relative_to(licences.ROOT)}: {len(bom.components)} components; docs/licences.md: their licences")


def bill(lock):
    """Give the bill of materials of what the text of a lock pins."""
    product = Component(
        name="shoppartners",
        version=VERSION,
        type=ComponentType.APPLICATION,
        licenses=[LicenseFactory().make_from_string("MIT")],
        bom_ref=f"shoppartners@{VERSION}",
    )
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_OID, f"{VERSION} {lock}"))
    bom.metadata.component = product
    pins = list(releases(lock))
    components = [component(pin) for pin in pins]
    for made in components:
        bom.components.add(made)
    bom.register_dependency(
        product, [made for made, pin in zip(components, pins, strict=True) if DIRECT in pin["asked_by"]]
    )
    for asking in components:
        asked = [made for made, pin in zip(components, pins, strict=True) if asking.name in pin["asked_by"]]
        bom.register_dependency(asking, asked)
    return bom


def component(pin):
    url = PackageURL("pypi", None, pin["name"], pin["version"])
    return Component(
        name=pin["name"],
        version=pin["version"],
        type=ComponentType.LIBRARY,
        purl=url,
        bom_ref=str(url),
        licenses=[LicenseFactory().make_from_string(licences.licence_of(pin["name"]))],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in pin["hashes"]],
        properties=[Property(name="marker", value=pin["marker"])] if pin["marker"] else [],
    )


def releases(lock):
    """Yield for each release of a lock its name, version, marker, hashes, and who asks for it."""
    for block in re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]:
        head, *lines = block.splitlines()
        found = PIN.match(head)
        if found is None:
            sys.exit(f"requirements/production.txt is not as uv writes it: {head}")
        yield found.groupdict("") | {
            "hashes": HASH.findall(block),
            "asked_by": {line.strip("# ").removeprefix("via ") for line in lines if line.startswith("    #")},
        }


if __name__ == "__main__":
    sys.exit(main())
