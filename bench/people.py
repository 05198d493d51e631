"""The people, shops and partners of the benchmark's world, as SQL. Keys are numbers that follow from each other.

The owner of shop n is user n; after those of shops come the partners' owners and reviewers, the shops' editors, staff.
"""

from allauth.account.models import EmailAddress

from accounts.models import User
from bench.copying import connect, insert, literal
from partners.bands import band_columns
from partners.choices import SERVICE_BITS, SIZE_BITS, CompanySize, Currency, Language, PartnerType, Service
from partners.matching_index import Listing, Offer, ServiceOffer
from partners.models import FEWEST_ANSWERS, Category, Market, Partner, PartnerMember, PartnerTrait, PartnerWords
from partners.offers import NEVER, SHARED
from partners.own_words import words_of
from partners.rates import latest_rates
from partners.scoring import EACH_FURTHER_CATEGORY, FOCUS, RESPONSE
from partners.workflow import PartnerStatus
from requests_app.models import Shop, ShopMember

HEAVY_SHOP, TWO_SHOPS, USUAL_SHOP, RARE_SHOP = 1, (2, 3), 4, 5
HEAVY_PARTNER, USUAL_PARTNER = 1, 2
RARE_WORD = "Quokka"  # begins the name of one shop alone
FIRST = [
    "Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Harbor", "Indigo", "Juniper", "Kestrel", "Lumen",
    "Maple", "North", "Orchid", "Pebble",
]  # fmt: skip
SHOP_SECOND = ["Trading", "Outfitters", "Supply", "Market", "Goods", "Studio", "Living", "Home", "Kitchen", "Sports"]
PARTNER_SECOND = ["Media", "Live", "Partners", "Commerce", "Agency", "Creators", "Growth"]
BUDGETS = (0, 80, 200, 450, 900, 1400, 3000, 9000)
SIZES = [*SIZE_BITS]
CITIES = ["Berlin", "Jakarta", "London", "Bangkok", "Manila", "Austin"]
TAGLINE, YEARS = "Live selling and creators, since ", 24
ABOUT = 8 * "We run shops, streams and campaigns for brands of every size. "
RARELY, ALSO = "n % 1000 = 7", "Karaoke"  # what one partner in a thousand says besides


class Keys:
    """How many there are of everything, and which user is whose."""

    def __init__(self, *, requests, partners, shops):
        self.requests, self.partners, self.shops = requests, partners, shops
        self.staff = shops + 2 * partners + shops // 3 + 1
        self.approved = partners - partners // 100
        self.usual = min(300, requests // 10)  # requests of the usual shop, shares of the usual partner

    def owner_of_partner(self, partner):
        return f"({self.shops} + {partner})"


def one_of(values, number):
    """Return the SQL that takes one of the values by a number."""
    held = ", ".join(map(literal, values))
    return f"(ARRAY[{held}])[1 + ({number}) % {len(values)}]"


def named(first, second, number):
    """Return the columns of a name of three words, as accounts.names writes them."""
    return {
        "name": f"{first} || ' ' || {second} || ' ' || {number}",
        "name_words": f"lower({first} || {second} || {number} || ' ' || {second} || {number}) || ' ' || {number}",
        "name_order": f"lower({first} || ' ' || {second} || ' ' || {number})",
    }


def numbers(count):
    return f"generate_series(1, {count}) n"


def users(keys):
    staff = f"n = {keys.staff}"
    name = one_of(["Alva", "Bo", "Cleo", "Dag", "Edda", "Finn", "Gia", "Hugo", "Ines", "Jon"], "n")
    yield insert(
        User,
        numbers(keys.staff),
        id="n",
        email="'u' || n || '@example.com'",
        password="'!bench'",
        is_staff=staff,
        is_superuser=staff,
        name=f"{name} || ' ' || n",
        name_words=f"lower({name} || n) || ' ' || n",
        name_order=f"lower({name} || ' ' || n)",
    )
    yield insert(
        EmailAddress, numbers(keys.staff), user_id="n", email="'u' || n || '@example.com'", verified="true",
        primary="true",
    )  # fmt: skip


def shops(keys):
    markets = list(Market.objects.filter(active=True).order_by("code").values_list("code", "currency"))
    first = f"CASE WHEN n = {RARE_SHOP} THEN '{RARE_WORD}' ELSE {one_of(FIRST, 'n')} END"
    yield insert(
        Shop,
        numbers(keys.shops),
        id="n",
        market_id=one_of([code for code, _currency in markets], "n"),
        currency=one_of([currency for _code, currency in markets], "n"),
        created_at="now() - interval '700 days'",
        **named(first, one_of(SHOP_SECOND, "n / 7"), "n"),
    )
    yield insert(ShopMember, numbers(keys.shops), shop_id="n", user_id="n", role="'owner'")
    editor = f"{keys.shops + 2 * keys.partners} + n"
    yield insert(ShopMember, numbers(keys.shops // 3), shop_id="3 * n", user_id=editor, role="'editor'")
    yield insert(ShopMember, "(SELECT) one", shop_id=str(TWO_SHOPS[1]), user_id=str(TWO_SHOPS[0]), role="'editor'")


# What a partner's shares have made of its counters: it is written once, after them.
COUNTED = """
    (SELECT partner_id, count(*) FILTER (WHERE status IN ('reviewing', 'accepted')) AS load,
        count(*) FILTER (
            WHERE accepted_version IS NOT NULL OR status = 'rejected' AND reject_reason <> 'spam') AS answered,
        count(*) FILTER (WHERE closed_reason = 'no_response') AS unanswered,
        max(shared_at) FILTER (WHERE source = 'referred') AS referred_at
    FROM requests_app_share GROUP BY partner_id) counted
"""


def partners(keys):
    currencies = Currency.values
    approved = f"n <= {keys.approved}"
    yield insert(
        Partner,
        f"{numbers(keys.partners)} LEFT JOIN {COUNTED} ON partner_id = n",
        id="n",
        slug="'partner-' || n",
        tagline=f"'{TAGLINE}' || 2000 + n % {YEARS}",
        about=f"{literal(ABOUT)} || CASE WHEN {RARELY} THEN '{ALSO}' ELSE '' END",
        website="'https://partner-' || n || '.example.com'",
        city=one_of(CITIES, "n"),
        currency=one_of(currencies, "n"),
        smallest_budget=one_of(BUDGETS, "n / 3"),
        smallest_gmv="(n % 5) * 1000",
        capacity=f"CASE WHEN n <= {USUAL_PARTNER} THEN 1000 ELSE 12 + n % 20 END",
        status=f"CASE WHEN {approved} THEN 'approved' ELSE 'applied' END",
        applied_at="now() - interval '650 days'",
        approved_at=f"CASE WHEN {approved} THEN now() - interval '640 days' + n * interval '1 minute' END",
        load="coalesce(load, 0)",
        last_referred_at="referred_at",
        shares_answered="coalesce(answered, 0)",
        shares_unanswered="coalesce(unanswered, 0)",
        answer_minutes=f"CASE WHEN answered >= {FEWEST_ANSWERS} THEN '[90, 200, 420, 800, 1300]' ELSE '[]' END::jsonb",
        **named(one_of(FIRST, "n"), one_of(PARTNER_SECOND, "n / 11"), "n"),
    )
    said = [Partner(city=CITIES[n % len(CITIES)], tagline=f"{TAGLINE}{2000 + n}", about=ABOUT) for n in range(YEARS)]
    words = f"{one_of([words_of(each) for each in said], 'n')} || CASE WHEN {RARELY} THEN ' {ALSO.lower()}' ELSE '' END"
    yield insert(PartnerWords, numbers(keys.partners), partner_id="n", words=words)
    owner = keys.owner_of_partner("n")
    yield insert(PartnerMember, numbers(keys.partners), partner_id="n", user_id=owner, role="'owner'")
    reviewer = f"{keys.shops + keys.partners} + n"
    yield insert(PartnerMember, numbers(keys.partners), partner_id="n", user_id=reviewer, role="'reviewer'")


def profiles(keys):
    """Return markets, categories and traits: two of each, three company sizes."""
    markets = list(Market.objects.filter(active=True).order_by("code").values_list("pk", flat=True))
    categories = list(Category.objects.filter(active=True).order_by("pk").values_list("pk", flat=True))
    twice = f"{numbers(keys.partners)}, generate_series(0, 1) place"
    yield insert(Partner.markets.through, twice, partner_id="n", market_id=one_of(markets, "n + place * 3"))
    yield insert(Partner.categories.through, twice, partner_id="n", category_id=one_of(categories, "n / 5 + place * 7"))
    for kind, codes, many in (
        ("type", PartnerType.values, 1),
        ("service", Service.values, 2),
        ("language", Language.values, 2),
        ("company_size", CompanySize.values, 3),
    ):
        rows = f"{numbers(keys.partners)}, generate_series(1, {many}) place"
        code = one_of(codes, f"n / {many + 1} + place")
        yield insert(PartnerTrait, rows, partner_id="n", kind=f"'{kind}'", code=code)


def offers():
    """Return the matching index and the markets' lists, as partners.offers counts them. Nobody has three services."""
    rates, full = latest_rates(), SERVICE_BITS[Service.FULL_SERVICE]
    bands = ", ".join(
        f"({amount}, '{currency}', {columns['band']}, {columns['cents']})"
        for amount in BUDGETS
        for currency in Currency.values
        for columns in [band_columns(amount, currency, rates)]
    )
    bits = ", ".join(f"('{code}', {bit})" for code, bit in SIZE_BITS.items())
    answered = "(shares_answered + shares_unanswered)"
    response = (
        f"CASE WHEN shares_answered < {FEWEST_ANSWERS} THEN {round(10 * RESPONSE / 2)}"
        f" ELSE round(10::float8 * ({RESPONSE}::float8 * (shares_answered::float8 / {answered}::float8))) END"
    )
    source = f"""
        partners_partner p
        JOIN partners_partner_markets m ON m.partner_id = p.id JOIN partners_partner_categories c ON c.partner_id = p.id
        JOIN (VALUES {bands}) b (amount, currency, band, cents)
            ON b.amount = p.smallest_budget AND b.currency = p.currency
        JOIN (SELECT partner_id, sum(bit) AS sizes FROM partners_partnertrait
            JOIN (VALUES {bits}) s (code, bit) USING (code) WHERE kind = 'company_size' GROUP BY partner_id) t
            ON t.partner_id = p.id
        WHERE p.status = '{PartnerStatus.APPROVED}' AND p.load < p.capacity
    """
    yield insert(
        Offer, source, partner_id="p.id", category_id="c.category_id", market_id="m.market_id", band="b.band",
        cents="b.cents", sizes="t.sizes", rank=f"{round(10 * (FOCUS - EACH_FURTHER_CATEGORY))} + {response}",
        referred_at=f"coalesce(p.last_referred_at, {literal(NEVER)})", name_order="p.name_order",
    )  # fmt: skip
    of_one = [f"('{code}', {bit})" for code, bit in SERVICE_BITS.items()]
    yield insert(
        ServiceOffer,
        f"""
        partners_offer o
        JOIN (WITH s AS (SELECT partner_id, bit FROM partners_partnertrait
                JOIN (VALUES {", ".join(of_one)}) b (code, bit) USING (code) WHERE kind = 'service')
            SELECT partner_id, bit AS services FROM s
            UNION ALL
            SELECT a.partner_id, a.bit + b.bit FROM s a JOIN s b ON b.partner_id = a.partner_id AND b.bit > a.bit
        ) t ON t.partner_id = o.partner_id
        WHERE t.services = {full} OR NOT EXISTS (SELECT FROM partners_partnertrait f
            WHERE f.partner_id = o.partner_id AND f.kind = 'service' AND f.code = '{Service.FULL_SERVICE}')
        """,
        services="t.services",
        **{name: f"o.{name}" for name in SHARED},
    )
    yield insert(
        Listing, "partners_partner p JOIN partners_partner_markets m ON m.partner_id = p.id"
        f" WHERE p.status = '{PartnerStatus.APPROVED}'",
        partner_id="p.id", market_id="m.market_id", available="p.load < p.capacity", answered="p.shares_answered",
        name_order="p.name_order",
    )  # fmt: skip


def run(statements):
    with connect() as hand:
        for statement in statements:
            hand.execute(statement)
