"""What is measured, and the bar of each: pages as a reader asks for them."""

from dataclasses import dataclass, field

from bench.people import HEAVY_PARTNER, HEAVY_SHOP, RARE_WORD, TWO_SHOPS, USUAL_PARTNER, USUAL_SHOP, Keys

MOST_HTML = {"bytes": 60_000}  # of any page
MILLISECONDS = {"cpu": 25}
SHARES = "/admin/requests_app/share/"


@dataclass(frozen=True)
class Page:
    """A page of one reader. `bars` are the most of each number; `floor` says whether the floor shows the same rows."""

    name: str
    path: str | list
    user: int
    bars: dict = field(default_factory=dict)
    floor: bool = False
    staff: bool = False
    form: list | None = None  # of a POST, one for each call
    over_http: bool = False  # whether what readers wait for is measured too

    def asked(self):
        return {"path": self.path, "user": self.user, "staff": self.staff} | ({"form": self.form} if self.form else {})


def pages(keys: Keys):
    """Return the pages to measure in a world of these keys."""
    usual, heavy = (keys.shops + partner for partner in (USUAL_PARTNER, HEAVY_PARTNER))
    lists = {"queries": 7, "ratio": 1.5}  # five of its own, beside the session and its person
    return [
        Page("My Requests, 15 rows", "/requests/", USUAL_SHOP, lists, floor=True, over_http=True),
        Page("inbox, usual partner", "/portal/", usual, lists | {"growth": 1.1}, floor=True, over_http=True),
        Page("inbox, partner of 6 % of all", "/portal/", heavy, lists | {"growth": 1.1}, floor=True),
        Page("insights, partner of 6 % of all", "/portal/insights/", heavy, {"cpu": 60, "growth": 1.1}),
        Page("opening the request form", "/requests/new/", USUAL_SHOP, {"growth": 1.1}),
        Page("Seller Center hub", "/seller/apps-and-services/partner/", USUAL_SHOP, MILLISECONDS | {"growth": 1.1}),
        Page("home of a heavy seller", "/seller/", HEAVY_SHOP, MILLISECONDS | {"growth": 1.1}),
        Page("home of a member of two shops", "/seller/", TWO_SHOPS[0], MILLISECONDS | {"growth": 1.1}),
        Page("search of a rare word, heavy partner", f"/portal/?q={RARE_WORD}", heavy, {"cpu": 60}),
        Page("directory search", "/partners/?q=harbor", USUAL_SHOP, {"cpu": 40}),
        Page("heavy seller's search", "/requests/?q=harbor", HEAVY_SHOP, {"cpu": 40}),
        Page("admin: share by its reference", f"{SHARES}?q={{share}}", keys.staff, {"cpu": 60}, staff=True),
        Page("admin: no activity", f"{SHARES}?closed_reason__exact=stale", keys.staff, {"cpu": 60}, staff=True),
        Page("admin: spam", f"{SHARES}?reject_reason__exact=spam", keys.staff, {"cpu": 60}, staff=True),
        Page("staff figures", "/admin/figures/", keys.staff, {"cpu": 100, "growth": 1.1}, staff=True),
        Page("staff desk", "/admin/", keys.staff, {"cpu": 100, "growth": 1.1}, staff=True),
    ]  # fmt: skip


def submits(category, picks, tokens):
    """Return the two ways to submit a request, with a verified address, beside open ones that are alike.

    Each call sends another form; `picks` are of each.
    """
    typed = {
        "shop": USUAL_SHOP, "subject": "Alex", "contact_email": f"u{USUAL_SHOP}@example.com", "location": "Berlin",
        "company_size": "11-50", "currency": "EUR", "platform_gmv": "9000", "budget": "4000", "category": category,
        "other_details": "Two streams a week.", "anyway": "on",
    }  # fmt: skip
    half = len(tokens) // 2
    referred = [typed | {"form_token": token, "request_type": "refer"} for token in tokens[:half]]
    chosen = [
        typed | {"form_token": token, "request_type": "choose", "partners": partners}
        for token, partners in zip(tokens[half:], picks, strict=True)
    ]
    bars = {"cpu": 25, "queries": 12, "wal": 60_000, "commits": 1}
    return [
        Page("submit with referral", "/requests/new/", USUAL_SHOP, bars, form=referred),
        Page("submit with picks", "/requests/new/", USUAL_SHOP, bars | {"cpu": 15, "wal": 30_000}, form=chosen),
    ]
