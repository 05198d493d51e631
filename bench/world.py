"""The benchmark's world: requests by the thousand or the million, with all that belongs to them, true to every rule.

Stories (bench.stories) are copied in the database; no row becomes a Python object. `check_invariants` finds nothing in
the filled world, and a test holds that on a tiny one.
"""

import time

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection

from accounts.models import Notification
from bench import people, signing
from bench.copying import connect, in_parallel, insert, literal, template_table, without_indexes
from bench.people import HEAVY_PARTNER, HEAVY_SHOP, RARE_SHOP, TWO_SHOPS, USUAL_PARTNER, USUAL_SHOP, Keys, one_of
from bench.stories import AREAS, BEGIN, DAYS, MOST_EVENTS, MOST_MESSAGES, MOST_SHARES, every_story
from partners.choices import Start
from partners.matching_index import Listing, Offer, ServiceOffer
from partners.models import Category, Partner, PartnerWords
from requests_app import rollups
from requests_app.authorisations import Authorisation
from requests_app.conversation.models import Message, Side
from requests_app.models import Event, PartnerRequest, RequestVersion, Share, Shop
from requests_app.proposals.models import Proposal, ProposalVersion

SIZES = {
    "large": {"requests": 3_300_000, "partners": 100_000, "shops": 200_000},
    "medium": {"requests": 330_000, "partners": 10_000, "shops": 20_000},
    "small": {"requests": 3_300, "partners": 1_000, "shops": 200},
    "tiny": {"requests": 50, "partners": 20, "shops": 10},
}
VACUUM = "VACUUM (ANALYZE)"
CHUNK = 50_000  # requests of one statement
FILLED = (
    Event, PartnerRequest, Share, RequestVersion, Authorisation, Notification, Offer, ServiceOffer, Listing, Partner,
    PartnerWords, Shop, Message, Proposal, ProposalVersion,
)  # fmt: skip
TEMPLATES = (
    "bench_life", "bench_request", "bench_share", "bench_event", "bench_grant", "bench_message", "bench_proposal",
    "bench_offer",
)  # fmt: skip
HELP = [[], ["livestream"], ["ads"], ["store_operations", "customer_service"]]
NEWEST = ("seller_message", "partner_message")  # columns of a share
MIXER = 663_608_941  # odd, so that each number has a reference of its own
REFERENCE = (
    "'{prefix}' || translate(upper(lpad(to_hex(({key})::bigint * {mixer} & 1099511627775), 10, '0')), '01', 'XY')"
)


def fill(size, say=print):
    """Fill the migrated, empty database with a world of that size; return its Keys."""
    keys, began = Keys(**SIZES[size]), time.monotonic()

    def step(done):
        say(f"  {done}: {time.monotonic() - began:.0f} s")

    tables = [model._meta.db_table for model in FILLED]
    with without_indexes(tables):
        _write_templates()
        people.run([signing.functions(), _lives(keys), "ANALYZE"])
        step("stories")
        in_parallel(statement for begin in range(1, keys.requests + 1, CHUNK) for statement in _chunk(keys, begin))
        step("requests, shares, events")
        people.run([*people.users(keys), *people.shops(keys), *people.partners(keys), *people.profiles(keys)])
        people.run(["ANALYZE", *people.offers()])  # else the joins of 100,000 partners are planned badly
        step("people, shops, partners, offers")
        people.run([signing.DROP, f"DROP TABLE {', '.join(TEMPLATES)}"])
    step("indexes")
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(statement)
    people.run([VACUUM])
    step("vacuum")
    rollups.count()
    people.run([VACUUM, f"CREATE TABLE bench_world AS SELECT '{size}' AS size"])
    step("figures")
    return keys


def _models():
    ours = ("accounts", "partners", "requests_app", "account")
    return [model for model in apps.get_models() if model._meta.app_label in ours]


def _write_templates():
    stories = list(enumerate(every_story()))
    left_out = {
        "id", "reference", "shop_id", "market_id", "created_by_id", "created_at", "form_token", "event_count",
        "event_mac", "event_end", "category_id", "subject", "contact_email", "location", "hot_sale_product",
        "other_details", "services", "start", "company_size", "currency", "platform_gmv", "other_gmv", "budget",
    }  # fmt: skip
    keys = [
        (
            {"story": number, "events": len(story.lines), "edited": 0 if story.version_at is None else 1},
            story.request,
            BEGIN,
        )
        for number, story in stories
    ]
    _columns["bench_request"] = template_table("bench_request", PartnerRequest, keys, left_out=left_out)
    shares = [
        ({"story": number, "slot": slot}, share, BEGIN)
        for number, story in stories
        for slot, share in enumerate(story.shares)
    ]
    left_out = {"id", "reference", "request_id", "partner_id"}
    _columns["bench_share"] = template_table("bench_share", Share, shares, left_out=left_out)
    events = [
        (number, place, line.slot, line.kind, line.actor, line.text, str(line.at - BEGIN))
        for number, story in stories
        for place, line in enumerate(story.lines, start=1)
    ]
    grants = [
        (number, slot, str(granted - BEGIN), None if ended is None else str(ended - BEGIN), reason, chosen)
        for number, story in stories
        for slot, granted, ended, reason, chosen in story.grants
    ]
    _write_words(stories)
    with connect() as hand, hand.cursor() as cursor:
        cursor.execute(
            "CREATE UNLOGGED TABLE bench_event (story int, number int, slot int, kind text, actor text, data text,"
            " at interval)"
        )
        cursor.executemany("INSERT INTO bench_event VALUES (%s, %s, %s, %s, %s, %s, %s)", events)
        cursor.execute(
            "CREATE UNLOGGED TABLE bench_grant (story int, slot int, granted interval, ended interval, reason text,"
            " chosen int)"
        )
        cursor.executemany("INSERT INTO bench_grant VALUES (%s, %s, %s, %s, %s, %s)", grants)


def _write_words(stories):
    """Write the templates of messages, proposals and their versions."""
    messages = [
        ({"story": number, "slot": slot, "place": place}, message, BEGIN)
        for number, story in stories
        for slot, place, message in story.messages
    ]
    proposals = [
        ({"story": number, "slot": slot}, proposal, BEGIN)
        for number, story in stories
        for slot, proposal in story.proposals.items()
    ]
    offers = [
        ({"story": number, "slot": slot}, offer, BEGIN) for number, story in stories for slot, offer in story.offers
    ]
    for name, model, rows, left_out in (
        ("bench_message", Message, messages, {"share_id", "by_id", "token"}),
        ("bench_proposal", Proposal, proposals, {"share_id"}),
        ("bench_offer", ProposalVersion, offers, {"proposal_id", "created_by_id", "currency", "starts_on"}),
    ):
        _columns[name] = template_table(name, model, rows, left_out=left_out)


_columns: dict = {}


def _taken(table, alias):
    """Return the columns of a template as they stand in a row that began at life.created_at."""
    names, moments = _columns[table]
    return {name: f'life.created_at + {alias}."{name}"' if name in moments else f'{alias}."{name}"' for name in names}


def _lives(keys):
    """Return the table of all requests: which story, whose, and since when."""
    bounds, ages, before = [], [], 0
    for number, story in enumerate(every_story()):
        before += story.weight
        bounds.append(f"WHEN mixed < {before} THEN {number}")
        youngest, oldest = (age.total_seconds() for age in story.age)
        ages.append(f"({number}, {youngest}, {oldest})")
    usual, others = keys.usual, keys.shops - RARE_SHOP + 1
    return f"""
        CREATE UNLOGGED TABLE bench_life AS
        SELECT i, story, shop, now() - (youngest + (oldest - youngest) * (i * 104729 % 1000003) / 1000003.0)
            * interval '1 second' AS created_at
        FROM (SELECT i::bigint, CASE {" ".join(bounds)} END AS story,
            CASE WHEN i <= {usual} THEN {USUAL_SHOP} WHEN i <= {2 * usual} THEN {TWO_SHOPS[0]}
                WHEN i <= {3 * usual} THEN {TWO_SHOPS[1]} WHEN i % 33 = 0 THEN {HEAVY_SHOP}
                WHEN i % 660 = 1 THEN {TWO_SHOPS[0]} WHEN i % 660 = 2 THEN {TWO_SHOPS[1]}
                ELSE {RARE_SHOP} + i % {others} END AS shop
            FROM (SELECT i, (i::bigint * 7919 % 10007) % 100 AS mixed FROM generate_series(1, {keys.requests}) i) made
        ) lived JOIN (VALUES {", ".join(ages)}) ages (number, youngest, oldest) ON number = story ORDER BY i;
        ALTER TABLE bench_life ADD PRIMARY KEY (i)
    """


def _partner(keys, slot):
    """Return the partner in a place of a request; those of one request differ."""
    return f"""CASE WHEN life.i % 16 = 0 AND {slot} = life.i / 16 % 2 THEN {HEAVY_PARTNER}
        WHEN life.i <= {keys.usual} AND {slot} = 1 - life.i / 16 % 2 THEN {USUAL_PARTNER}
        ELSE {USUAL_PARTNER} + 1 + (life.i * 31 + {slot} * 7) % {keys.approved - USUAL_PARTNER} END"""


def _reference(prefix, key):
    return REFERENCE.format(prefix=prefix, key=key, mixer=MIXER)


def _chunk(keys, begin):
    """Return the statements that make these requests with all that belongs to them."""
    life = f"(SELECT * FROM bench_life WHERE i BETWEEN {begin} AND {begin + CHUNK - 1}) life"
    yield _events_and_requests(keys, life)
    share, taken = f"life.i * {MOST_SHARES} + t.slot", _taken("bench_share", "t")
    for name in NEWEST:  # the story has its place in the conversation
        taken[name] = f"({share}) * {MOST_MESSAGES} + {taken[name]}"
    yield insert(
        Share, f"{life} JOIN bench_share t USING (story) ORDER BY life.i, slot", id=share, request_id="life.i",
        reference=_reference("SPS-", share), partner_id=_partner(keys, "t.slot"), **taken,
    )  # fmt: skip
    yield from _words(keys, life, share)
    versions = f"{life} JOIN bench_request t USING (story), generate_series(1, 1 + t.edited) number"
    yield insert(
        RequestVersion, versions, request_id="life.i", number="number", created_by_id="life.shop",
        created_at="life.created_at + (number - 1) * interval '27 hours'",
        **_details(f"CASE WHEN number <= t.edited THEN 777 ELSE {_budget} END"),
    )  # fmt: skip
    yield insert(
        Authorisation, f"{life} JOIN bench_grant t USING (story)", share_id=share, shop_id="life.shop",
        areas=literal(AREAS), days=str(DAYS), granted_by_id="life.shop", granted_at="life.created_at + t.granted",
        ends_at=f"life.created_at + t.granted + interval '{DAYS} days'", ended_at="life.created_at + t.ended",
        end_reason="t.reason", proposal_number="t.chosen",
    )  # fmt: skip
    yield _notifications(life)


def _words(keys, life, share):
    """Return the statements that write what was said and proposed."""
    owner = keys.owner_of_partner(f"({_partner(keys, 't.slot')})")
    yield insert(
        Message, f"{life} JOIN bench_message t USING (story)", id=f"({share}) * {MOST_MESSAGES} + t.place",
        share_id=share, by_id=f"CASE t.side WHEN '{Side.SELLER}' THEN life.shop ELSE {owner} END",
        token="gen_random_uuid()", **_taken("bench_message", "t"),
    )  # fmt: skip
    yield insert(
        Proposal, f"{life} JOIN bench_proposal t USING (story)", id=share, share_id=share,
        **_taken("bench_proposal", "t"),
    )  # fmt: skip
    yield insert(
        ProposalVersion, f"{life} JOIN bench_offer t USING (story)", proposal_id=share, created_by_id=owner,
        currency=_details(_budget)["currency"], starts_on="(life.created_at + interval '14 days')::date",
        **_taken("bench_offer", "t"),
    )  # fmt: skip


_budget = "1000 + life.i % 9000"


def _details(budget):
    categories = list(Category.objects.filter(active=True).order_by("pk").values_list("pk", flat=True))
    return {
        "subject": "'Alex ' || life.i",
        "contact_email": "'shop' || life.shop || '@example.com'",
        "location": one_of(["", "Berlin", "Jakarta"], "life.i::int"),
        "hot_sale_product": "'Lamp ' || life.i % 1000",
        "other_details": "'We sell lamps and want somebody to run our streams twice a week.'",
        "services": one_of(HELP, "life.i::int"),
        "start": one_of(Start.values, "life.i::int"),
        "company_size": one_of(people.SIZES, "life.i::int"),
        "currency": one_of(["EUR", "GBP", "USD", "IDR"], "life.shop::int"),
        "platform_gmv": "5000 + life.i % 50000",
        "other_gmv": "CASE WHEN life.i % 3 = 0 THEN 2000 END",
        "budget": budget,
        "category_id": one_of(categories, "(life.i / 3)::int"),
    }


def _events_and_requests(keys, life):
    """Return the statement that writes the events, each signed after the one before it, and their requests."""
    number = f"life.i * {MOST_SHARES} + t.slot"
    by = f"""CASE t.actor WHEN 'seller' THEN life.shop
        WHEN 'partner' THEN {keys.owner_of_partner(f"({_partner(keys, 't.slot')})")} END"""
    content = """request_id || ',' || number || ',' || coalesce(share_id::text, 'null') || ',"' || kind ||
        '","' || actor || '",' || coalesce(by_id::text, 'null') || ',' || data || ',"' ||
        to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00"'"""
    rows = f"""(SELECT *, bench_chain({content}) OVER (PARTITION BY request_id ORDER BY number) AS mac
        FROM (SELECT life.i AS request_id, t.number, {number} AS share_id, t.kind, t.actor, {by} AS by_id, t.data,
            life.created_at + t.at AS at FROM {life} JOIN bench_event t USING (story)) written) signed"""
    events = insert(
        Event, rows, id=f"request_id * {MOST_EVENTS} + number", request_id="request_id", share_id="share_id",
        kind="kind", actor="actor", by_id="by_id", data="data::jsonb", at="at", number="number", mac="mac",
    )  # fmt: skip
    last = f"{life} JOIN bench_request t USING (story) JOIN events ON (request_id, number) = (life.i, t.events)"
    end = """bench_sign('["end",' || life.i || ',' || events.number || ',"' || events.mac || '"]')"""
    requests = insert(
        PartnerRequest, last, id="life.i", reference=_reference("SPR-", "life.i"), shop_id="life.shop",
        market_id="(SELECT market_id FROM requests_app_shop WHERE id = life.shop)",
        created_by_id="life.shop", created_at="life.created_at", form_token="gen_random_uuid()", event_count="t.events",
        event_mac="events.mac", event_end=end, **_details(_budget), **_taken("bench_request", "t"),
    )  # fmt: skip
    return f"WITH events AS ({events} RETURNING request_id, number, mac) {requests}"


def _notifications(life):
    """Return the receipts that sellers got: one for each request, long mailed and mostly read."""
    context = """jsonb_build_object('shop', 'Shop', 'type', t.request_type, 'version', 1, 'reference', {reference},
        'partners', '[]'::jsonb, 'asked', '[]'::jsonb, 'still', '[]'::jsonb, 'daily', false, 'may_refer', false)"""
    reference = _reference("SPR-", "life.i")
    return insert(
        Notification, f"{life} JOIN bench_request t USING (story)", user_id="life.shop",
        source=f"'event:' || life.i * {MOST_EVENTS} + 1", template="'submitted_for_seller'", topic="'requests'",
        context=context.format(reference=reference), path=f"'/requests/' || {reference} || '/'",
        created_at="life.created_at", read_at="CASE WHEN life.i % 10 > 0 THEN life.created_at END",
        mailed_at="life.created_at", next_mail_at=literal(None),
    )  # fmt: skip
