"""Who lives in the demo world, by the addresses that the README promises."""

from typing import NamedTuple

PASSWORD = "shop-partners-demo"  # noqa: S105  printed at every start of the demo


class Person(NamedTuple):
    email: str
    name: str
    zone: str
    is_whom: str  # for the demo's own page


SELLER = Person("seller@example.com", "Sarah Whitfield", "Europe/London", "Owner of the shop Lumen Skincare")
EDITOR = Person("editor@example.com", "Edith Lam", "Europe/London", "Editor of Lumen Skincare")
VIEWER = Person("viewer@example.com", "Victor Hale", "Europe/London", "Viewer of Lumen Skincare")
OTHER_SELLER = Person("other-seller@example.com", "Oscar Byrne", "Europe/Dublin", "Owner of the shop Fern & Fable")
PARTNER = Person("partner@example.com", "Petra Lindqvist", "Europe/London", "Owner of the partner Northlight Commerce")
REVIEWER = Person("reviewer@example.com", "Rita Moreau", "Europe/London", "Reviewer of Northlight Commerce")
PARTNER_VIEWER = Person("partner-viewer@example.com", "Vera Quist", "Europe/London", "Viewer of Northlight Commerce")
OTHER_PARTNER = Person("other-partner@example.com", "Otto Brandvold", "Europe/London", "Owner of Harbour & Pine")
STAFF = Person("staff@example.com", "Stella Grant", "Europe/London", "Staff, in the admin")

INVITED = "priya@lumen.example"  # to the shop Lumen Skincare; has no account

PEOPLE = [SELLER, EDITOR, VIEWER, OTHER_SELLER, PARTNER, REVIEWER, PARTNER_VIEWER, OTHER_PARTNER, STAFF]
SHOP_OWNERS = {
    "lumen": SELLER,
    "fern": OTHER_SELLER,
    "kopi": Person("bayu@kopikita.example", "Bayu Wibowo", "Asia/Jakarta", ""),
    "peak": Person("hello@peakandpedal.example", "Dana Whitehorse", "America/Denver", ""),
    "hikari": Person("mei@hikaritoys.example", "Mei Tanaka", "Asia/Tokyo", ""),
    "casa": Person("paola@casalumbre.example", "Paola Cárdenas", "America/Mexico_City", ""),
}
AGENCY_OWNERS = {"Northlight Commerce": PARTNER, "Harbour & Pine": OTHER_PARTNER}
