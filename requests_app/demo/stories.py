"""The six shops of the demo world, and what became of the sixty requests that they submitted in the past weeks."""

from typing import NamedTuple

NORTHLIGHT, HARBOUR, KESTREL, OSTRA = "Northlight Commerce", "Harbour & Pine", "Kestrel Live", "Ostra Media"
VOLTA, MILLRACE, BRAMBLE, EMERALD = "Volta Studio", "Millrace Partners", "Bramble & Co", "Emerald Row"
SILK_LANE, ATELIER = "Silk Lane Partners", "Atelier Quai Neuf"
NUSA, BANDUNG, SEGARA = "Nusa Kreatif", "Bandung Lab", "Segara Live"
COPPER, BRIGHT, REDWOOD, SPRING = "Copper Trail", "Bright Harbor Commerce", "Redwood Relay", "Second Spring"
HANABI, KUMO, NOPAL, CASA_NORTE = "Hanabi Commerce", "Kumo Works", "Nopal Digital", "Casa Norte Media"


class DemoShop(NamedTuple):
    """`gmv` and `other_gmv` are per month in `currency`; `texts` are pairs of Hot sale product and Other details."""

    name: str
    market: str
    currency: str
    language: str
    zone: str
    size: str
    gmv: int
    other_gmv: int | None
    location: str
    contact_email: str
    texts: list[tuple[str, str]]


SHOPS = {
    "lumen": DemoShop(
        "Lumen Skincare", "GB", "GBP", "en", "Europe/London", "11-50", 48000, 12500,
        "Unit 4, Kirkstall Forge, Leeds", "sarah@lumenskincare.example",
        [
            ("Vitamin C serum, 30 ml", "We launch a night range in spring and have nobody for livestreams."),
            ("Overnight barrier cream", "Our lab is in Leeds. We would like to film there once a month."),
            ("Mineral sunscreen SPF 50", "Two of us run the shop beside the lab. We need help with the daily work."),
            ("Gift set “First Light”", "Christmas is half of our year. We would like to sell steadily instead."),
        ],
    ),
    "fern": DemoShop(
        "Fern & Fable", "IE", "EUR", "en", "Europe/Dublin", "1-10", 17500, None,
        "Capel Street, Dublin", "oscar@fernandfable.example",
        [
            ("Linen tea towels, set of three", "Everything is made in Ireland, and we would like to say so on film."),
            ("Seaweed soap", ""),
            ("Oak serving board", "We ship twice a week from Dublin."),
        ],
    ),
    "kopi": DemoShop(
        "Kopi Kita", "ID", "IDR", "id", "Asia/Jakarta", "11-50", 240_000_000, 60_000_000,
        "Kemang, Jakarta", "bayu@kopikita.example",
        [
            ("Gayo beans, 500 g", "We roast on Tuesdays. A stream on that day would be lovely."),
            ("Cold brew, six bottles", "Ramadan is our season; please tell us how you would prepare for it."),
        ],
    ),
    "peak": DemoShop(
        "Peak & Pedal", "US", "USD", "en", "America/Denver", "51-200", 96000, 210000,
        "Boulder, Colorado", "hello@peakandpedal.example",
        [
            ("Trail pack, 22 litres", "We sell well in our own store and are new to this platform."),
            ("Ridge helmet", "Safety claims must be checked by us before anything goes live."),
            ("Tool roll", ""),
        ],
    ),
    "hikari": DemoShop(
        "Hikari Toys", "JP", "JPY", "ja", "Asia/Tokyo", "1-10", 3_200_000, None,
        "Nakano, Tokyo", "mei@hikaritoys.example",
        [
            ("Wooden train set", "New figures come out on the first Friday of each month."),
            ("Paper kites", "We pack everything ourselves."),
        ],
    ),
    "casa": DemoShop(
        "Casa Lumbre", "MX", "MXN", "es", "America/Mexico_City", "11-50", 410_000, 150_000,
        "Coyoacán, Mexico City", "paola@casalumbre.example",
        [
            ("Reading chair “Jacaranda”", "Furniture travels badly: we need somebody who answers patiently."),
            ("Clay lamp", ""),
        ],
    ),
}  # fmt: skip


class Story(NamedTuple):
    """A request submitted `days` ago to these partners, or by referral, and its steps: (hours later, verb, …).

    The verbs are the functions in verbs.py. They name a partner, or a number: the first, second … that was referred.
    """

    shop: str
    days: float
    category: str
    services: str  # codes, separated by blanks
    budget: int
    picks: list[str]
    steps: list[tuple]
    hidden: bool = False


REFER: list[str] = []
BEAUTY = "Beauty & Personal Care"
RUN = "products=manage orders=manage customer_service=manage"
SELL_LIVE = "products=view livestreams=manage creators=manage analytics=view"
ADVERTISE = "ads=manage analytics=view"

STORIES = [
    # Lumen Skincare
    Story("lumen", 68, BEAUTY, "livestream creator_affiliate", 1500, [NORTHLIGHT, VOLTA], [
        (5, "opens", NORTHLIGHT), (3, "accepts", NORTHLIGHT), (20, "rejects", VOLTA, "no_capacity"),
        (30, "authorises", NORTHLIGHT, SELL_LIVE, 30), (540, "closes"),
    ]),
    Story("lumen", 60, "Fashion Accessories", "livestream creator_affiliate", 1300, [KESTREL, EMERALD], [
        (26, "opens", EMERALD), (40, "closes"),
    ]),
    Story("lumen", 52, "Health", "full_service", 1000, [MILLRACE], [
        (9, "opens", MILLRACE), (2, "accepts", MILLRACE), (50, "authorises", MILLRACE, RUN, 90),
        (700, "renews", MILLRACE, RUN + " analytics=view", 180),
    ]),
    Story("lumen", 47, BEAUTY, "livestream creator_affiliate", 2200, REFER, [
        (4, "opens", 1), (3, "accepts", 1), (16, "rejects", 2, "no_capacity"), (21, "authorises", 1, SELL_LIVE, 90),
        (2, "closes_for", 3), (640, "closes_for", 1),
    ]),
    Story("lumen", 41, BEAUTY, "store_operations ads", 1800, [NORTHLIGHT, SILK_LANE, BRAMBLE], [
        (8, "opens", SILK_LANE), (1, "accepts", SILK_LANE),
        (22, "rejects", NORTHLIGHT, "no_capacity", "Our hosts are booked until the end of the month."),
        (240, "is_suspended", SILK_LANE),
    ]),
    Story("lumen", 36, BEAUTY, "creator_affiliate content_production", 1500, [NORTHLIGHT, VOLTA], [
        (6, "opens", VOLTA), (2, "accepts", VOLTA), (24, "closes_for", NORTHLIGHT),
        (3, "authorises", VOLTA, "products=view creators=manage", 90),
    ]),
    Story("lumen", 33, "Luggage & Bags", "ads", 800, [EMERALD, OSTRA], [
        (20, "rejects", EMERALD, "category"), (9, "rejects", OSTRA, "budget", "We begin at 2,500 a month."),
    ]),
    Story("lumen", 30, BEAUTY, "store_operations livestream", 2600, [OSTRA, VOLTA], [
        (3, "opens", OSTRA), (1, "accepts", OSTRA), (4, "opens", VOLTA), (1, "accepts", VOLTA),
        (50, "withdraws", OSTRA, "no_capacity"), (28, "authorises", VOLTA, RUN + " livestreams=manage", 180),
    ]),
    Story("lumen", 27, "Health", "compliance logistics", 1100, REFER, [
        (11, "opens", 1), (6, "accepts", 1),
        (20, "proposes", 1, "monthly", 1000, "Labels and claims checked each week.", 2),
    ]),
    Story("lumen", 24, BEAUTY, "livestream", 1250, [KESTREL], []),
    Story("lumen", 21, BEAUTY, "store_operations", 2600, [OSTRA, BRAMBLE], [
        (7, "opens", OSTRA), (20, "accepts", OSTRA), (9, "rejects", BRAMBLE, "no_capacity"),
    ]),
    Story("lumen", 19, BEAUTY, "livestream creator_affiliate", 2000, REFER, [
        (30, "staff_close", "duplicate", "Submitted twice; the other one goes on."),
    ]),
    Story("lumen", 16, "Kids' Fashion", "store_operations customer_service", 600, [BRAMBLE], [
        (2, "opens", BRAMBLE), (1, "accepts", BRAMBLE), (30, "authorises", BRAMBLE, RUN, 30), (190, "revokes", BRAMBLE),
    ]),
    Story("lumen", 13, BEAUTY, "ads", 1400, [EMERALD], [
        (8, "opens", EMERALD), (2, "accepts", EMERALD), (20, "authorises", EMERALD, ADVERTISE, 90),
        (150, "ends", EMERALD),
    ]),
    Story("lumen", 11, BEAUTY, "creator_affiliate", 950, REFER, [
        (26, "rejects", 1, "budget"), (30, "rejects", 2, "information"),
    ]),
    Story("lumen", 9, "Pre-Owned", "", 500, REFER, []),
    Story("lumen", 6.3, BEAUTY, "livestream", 1750, [BRAMBLE, HARBOUR, KESTREL], [
        (5, "opens", BRAMBLE), (1, "asks", BRAMBLE, "Do you have a room where we can stream, or do you come to us?"),
        (7, "replies", BRAMBLE, "We have a small studio beside the lab. You can keep your lights here."),
        (10, "opens", HARBOUR),
        (1, "accepts", HARBOUR, "We would love to do this. Two of our hosts have sold skincare before."),
        (2, "proposes", HARBOUR, "monthly", 1800, "Six streams of two hours, one host, weekly figures.", 3),
        (5, "accepts", BRAMBLE, "Your studio sounds just right. You find our proposal below."),
        (1, "proposes", BRAMBLE, "monthly", 1650, "Four streams of two hours, two hosts.", 1),
        (14, "replies", BRAMBLE, "Could you do five streams for that?"),
        (20, "proposes", BRAMBLE, "monthly", 1700, "Five streams of two hours, two hosts.", 1),
        (1, "asks", BRAMBLE, "We can, for 50 more. The proposal says so now."),
    ]),
    Story("lumen", 4, BEAUTY, "livestream store_operations", 2400, [HARBOUR, KESTREL], [
        (10, "opens", HARBOUR), (61, "edits", {"budget": 2900, "hot_sale_product": "Night cream, 50 ml"}),
        (6, "asks", KESTREL, "Which of your products may be shown without make-up on, and who decides that with us?"),
    ]),
    Story("lumen", 2, "Health", "creator_affiliate", 1300, REFER, [], hidden=True),
    Story("lumen", 0.2, BEAUTY, "livestream ads", 3000, REFER, [
        (2, "opens", 1), (1, "asks", 1, "Do you have hosts of your own, or shall ours stand before the camera?"),
    ]),
    # Fern & Fable
    Story("fern", 55, "Home Supplies", "store_operations", 1500, [HARBOUR], [
        (4, "opens", HARBOUR), (2, "accepts", HARBOUR), (20, "authorises", HARBOUR, RUN, 30), (600, "closes"),
    ]),
    Story("fern", 46, "Textiles & Soft Furnishings", "store_operations training", 900, REFER, [
        (6, "opens", 1), (1, "accepts", 1), (44, "authorises", 1, RUN, 90),
    ]),
    Story("fern", 38, "Kitchenware", "ads", 1200, [HARBOUR, EMERALD], [
        (12, "rejects", HARBOUR, "information"), (16, "opens", EMERALD), (1, "accepts", EMERALD),
    ]),
    Story("fern", 31, "Furniture", "store_operations training", 2000, REFER, [
        (9, "opens", 1), (4, "accepts", 1), (18, "authorises", 1, RUN + " ads=view", 180),
    ]),
    Story("fern", 25, BEAUTY, "livestream", 1650, [NORTHLIGHT], [
        (9, "opens", NORTHLIGHT), (2, "accepts", NORTHLIGHT), (30, "authorises", NORTHLIGHT, SELL_LIVE, 90),
    ]),
    Story("fern", 20, "Food & Beverages", "compliance", 1000, [MILLRACE], [
        (30, "asks", MILLRACE, "Who keeps the certificates of your soap, you or your supplier?"),
    ]),
    Story("fern", 14, "Home Supplies", "store_operations ads", 1800, [HARBOUR, NORTHLIGHT], [
        (5, "opens", HARBOUR), (3, "accepts", HARBOUR), (14, "rejects", NORTHLIGHT, "category"),
    ]),
    Story("fern", 8, "Jewelry Accessories & Derivatives", "", 800, REFER, []),
    Story("fern", 5, "Home Supplies", "training", 1700, [MILLRACE, NORTHLIGHT], [
        (7, "opens", MILLRACE), (9, "opens", NORTHLIGHT),
        (2, "accepts", NORTHLIGHT, "We train shops like yours twice a month. Which evenings suit your team?"),
        (5, "replies", NORTHLIGHT, "Tuesdays and Thursdays, after six."),
        (20, "proposes", NORTHLIGHT, "once", 1600, "Four evenings for up to five people, with notes.", 0),
    ]),
    Story("fern", 1, BEAUTY, "ads", 1100, REFER, [(4, "opens", 1), (2, "accepts", 1)]),
    # Kopi Kita
    Story("kopi", 50, "Food & Beverages", "livestream creator_affiliate", 15_000_000, [NUSA], [
        (3, "opens", NUSA), (1, "accepts", NUSA), (26, "authorises", NUSA, SELL_LIVE, 90),
        (640, "renews", NUSA, SELL_LIVE + " orders=view", 90),
    ]),
    Story("kopi", 42, "Food & Beverages", "livestream", 18_000_000, REFER, [
        (10, "rejects", 1, "no_capacity"), (7, "opens", 2), (2, "accepts", 2), (30, "authorises", 2, ADVERTISE, 180),
    ]),
    Story("kopi", 35, "Food & Beverages", "content_production", 8_000_000, [SEGARA, BANDUNG], [
        (15, "rejects", SEGARA, "budget"), (30, "rejects", BANDUNG, "no_capacity"),
    ]),
    Story("kopi", 28, "Food & Beverages", "store_operations livestream creator_affiliate", 14_000_000, REFER, [
        (19, "opens", 1), (40, "closes"),
    ]),
    Story("kopi", 18, "Food & Beverages", "livestream store_operations", 20_000_000, [BANDUNG, SEGARA], [
        (6, "opens", BANDUNG), (1, "rejects", BANDUNG, "no_capacity"), (13, "opens", SEGARA), (2, "accepts", SEGARA),
        (20, "edits", {"budget": 24_000_000}),
    ]),
    Story("kopi", 12, BEAUTY, "livestream creator_affiliate", 20_000_000, REFER, [(8, "opens", 1), (3, "accepts", 1)]),
    Story("kopi", 6, "Modest Fashion", "ads content_production", 16_000_000, REFER, [(20, "opens", 1)]),
    Story("kopi", 3, "Home Supplies", "store_operations", 13_000_000, [BANDUNG], [(5, "opens", BANDUNG)]),
    # Peak & Pedal
    Story("peak", 57, "Sports & Outdoor", "creator_affiliate ads", 2500, REFER, [
        (5, "opens", 1), (2, "accepts", 1), (30, "authorises_alone", 1, ADVERTISE + " creators=manage", 180),
    ]),
    Story("peak", 45, "Shoes", "creator_affiliate content_production", 1500, [REDWOOD], [
        (33, "rejects", REDWOOD, "no_capacity"),
    ]),
    Story("peak", 37, "Automotive & Motorcycle", "ads", 3000, [COPPER], [
        (7, "opens", COPPER), (3, "accepts", COPPER),
        (4, "proposes", COPPER, "commission", 8, "Ads on two channels, figures each Friday.", 6),
        (20, "authorises", COPPER, ADVERTISE, 90), (400, "ends", COPPER),
    ]),
    Story("peak", 29, "Luggage & Bags", "store_operations", 1200, [REDWOOD, SPRING], [
        (6, "opens", SPRING), (1, "accepts", SPRING), (40, "authorises", SPRING, RUN, 90),
    ]),
    Story("peak", 22, "Sports & Outdoor", "full_service", 5000, [BRIGHT, SPRING], [
        (9, "opens", BRIGHT), (2, "accepts", BRIGHT), (26, "rejects", SPRING, "no_capacity"),
        (4, "proposes", BRIGHT, "commission", 9, "All of the shop, ads included.", 6), (30, "takes_back", BRIGHT),
    ]),
    Story("peak", 15, "Collectibles", "livestream store_operations", 1000, REFER, [
        (4, "opens", 1), (1, "accepts", 1), (70, "withdraws", 1, "other"),
    ]),
    Story("peak", 5, "Sports & Outdoor", "creator_affiliate", 2200, REFER, [
        (8, "asks", 1, "How many creators do you work with today? Ours answer at creators@example.com."),
        (11, "replies", 1, "Twelve. Call me on +1 303 555 0123 before noon, or look at example.com/creators."),
    ], hidden=True),
    Story("peak", 1, "Tools & Hardware", "ads creator_affiliate", 1600, [REDWOOD], [(6, "opens", REDWOOD)]),
    # Hikari Toys
    Story("hikari", 53, "Toys & Hobbies", "store_operations content_production", 250_000, [HANABI], [
        (3, "opens", HANABI), (1, "accepts", HANABI), (44, "authorises", HANABI, RUN, 180),
    ]),
    Story("hikari", 40, "Collectibles", "", 180_000, REFER, [
        (7, "opens", 1), (2, "accepts", 1), (90, "staff_close_for", 1),
    ]),
    Story("hikari", 32, "Toys & Hobbies", "livestream", 300_000, [KUMO, HANABI], [
        (5, "opens", KUMO), (2, "accepts", KUMO), (20, "rejects", HANABI, "no_capacity"),
        (90, "withdraws", KUMO, "no_capacity"),
    ]),
    Story("hikari", 23, "Books, Magazines & Audio", "content_production", 150_000, [HANABI], [(30, "closes")]),
    Story("hikari", 16, BEAUTY, "livestream", 400_000, REFER, []),
    Story("hikari", 4, "Toys & Hobbies", "livestream", 320_000, REFER, [(11, "opens", 1)]),
    # On hold: two partners take it for spam, since paper kites are no electronics.
    Story("hikari", 2, "Phones & Electronics", "compliance", 350_000, [KUMO, HANABI], [
        (9, "rejects", KUMO, "spam"), (8, "rejects", HANABI, "spam"),
    ]),
    # Casa Lumbre
    Story("casa", 49, "Furniture", "store_operations", 30_000, [NOPAL], [
        (8, "opens", NOPAL), (2, "accepts", NOPAL), (30, "authorises", NOPAL, RUN, 90),
    ]),
    Story("casa", 39, "Kitchenware", "livestream", 20_000, REFER, [
        (4, "opens", 1), (3, "accepts", 1), (22, "authorises", 1, SELL_LIVE, 180),
    ]),
    Story("casa", 34, "Home Supplies", "store_operations", 18_000, [NOPAL, CASA_NORTE], [
        (16, "rejects", NOPAL, "budget"), (20, "rejects", CASA_NORTE, "category"),
    ]),
    Story("casa", 26, "Furniture", "store_operations ads", 25_000, REFER, [
        (5, "opens", 1), (1, "accepts", 1), (40, "authorises", 1, RUN, 90), (260, "revokes", 1),
        (20, "closes_for", 1),
    ]),
    Story("casa", 17, BEAUTY, "livestream", 40_000, REFER, [
        (50, "staff_refer", CASA_NORTE), (8, "opens", CASA_NORTE), (3, "accepts", CASA_NORTE),
    ]),
    Story("casa", 6, "Furniture", "store_operations creator_affiliate", 28_000, [NOPAL], [(9, "opens", NOPAL)]),
    Story("casa", 0.3, "Kitchenware", "livestream ads", 22_000, REFER, []),
]  # fmt: skip
