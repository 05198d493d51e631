from dataclasses import replace
from decimal import Decimal
from statistics import median

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts import clock
from partners.bands import BANDS
from partners.matching import Criteria, Judge, found_by, offers_statement, scans_of
from partners.matching_index import Offer, ServiceOffer
from partners.models import Category, Market
from partners.scoring import most_outside_index

TABLES = {Offer: "benchmark_offer", ServiceOffer: "benchmark_service_offer"}
ROUNDS = 200
LIMIT = 8  # as many as a request is matched with
# Three offers a partner, spread over all cells; the first cell is crowded, with one offer of every twentieth partner.
# Nobody takes a budget of the lowest band or serves the smallest size; in the second band all ask for its upper end.
FILL = f"""
    WITH cells AS (
        SELECT (SELECT array_agg(id ORDER BY id) FROM partners_category) AS categories,
               (SELECT array_agg(code ORDER BY code) FROM partners_market) AS markets
    )
    INSERT INTO {TABLES[Offer]} (partner_id, category_id, market_id, band, cents, sizes, rank, referred_at, name_order)
    SELECT n,
           categories[1 + CASE WHEN crowd THEN 0 ELSE (n * 3 + k * 5 + n / 480) %% cardinality(categories) END],
           markets[1 + CASE WHEN crowd THEN 0 ELSE (n + k * 3) %% cardinality(markets) END],
           1 + (n * 7 + k * 13) %% {len(BANDS)}, 24900, 2 * (1 + (n * 11 + k) %% 31), (n * 31 + k * 17) %% 300,
           timestamptz '2026-01-01' + (n %% 100000) * interval '1 minute', 'agency ' || n
    FROM cells, generate_series(1, %s) AS n, generate_series(0, 2) AS k,
         LATERAL (SELECT k = 0 AND n %% 20 = 0 AS crowd) AS which
"""  # noqa: S608 (constants)
# Two services a partner, so three rows an offer. Of the first three services three partners in four have two, and
# nobody all; the ninth is that of every two thousandth partner, all of whom are in the crowded cell.
FILL_SERVICES = f"""
    INSERT INTO {TABLES[ServiceOffer]}
        (partner_id, category_id, market_id, band, cents, sizes, rank, referred_at, services)
    SELECT partner_id, category_id, market_id, band, cents, sizes, rank, referred_at, services
    FROM {TABLES[Offer]},
         LATERAL (SELECT CASE WHEN partner_id %% 2000 = 0 THEN 4 ELSE partner_id / 20 %% 4 END AS kind) AS which,
         LATERAL (SELECT (ARRAY[1, 1, 2, 8, 256])[1 + kind], (ARRAY[2, 4, 4, 16, 128])[1 + kind]) AS pair (one, other),
         LATERAL (VALUES (one), (other), (one + other)) AS part (services)
"""  # noqa: S608 (constants)
RARE, NOBODY_HAS_ALL = frozenset({"compliance"}), frozenset({"store_operations", "livestream", "content_production"})


class Obliging(Judge):
    """Every partner meets the rest of the request, so that its row says how many points it has."""

    def look_at(self, ids):
        self.outside_index |= dict.fromkeys(ids, most_outside_index(self.criteria))


class Command(BaseCommand):
    help = (
        "Measure the matching statement on PostgreSQL with made-up offers in tables of their own, dropped at the end."
    )

    def add_arguments(self, parser):
        parser.add_argument("--partners", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
        parser.add_argument("--plan", action="store_true", help="print the plan of the crowded question, too")

    def handle(self, *args, partners, plan, **options):
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL is measured: set DATABASE_URL.")
        self.stdout.write(f"Fastest and median of {ROUNDS} runs in the database, ms; all rounds of a question together")
        self.stdout.write(
            "| partners | offers | crowded | rare | no budget fits | size unserved | rare service | nobody offers all"
            " | rounds, at most | pages, at most |"
        )
        self.stdout.write("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
        for count in partners:
            self.measure(count, plan=plan and count == partners[-1])

    def measure(self, count, *, plan):
        markets = list(Market.objects.order_by("code").values_list("code", flat=True))
        categories = list(Category.objects.order_by("pk").values_list("pk", flat=True))
        with connection.cursor() as cursor:
            try:
                offers = self.fill(cursor, count)
                crowded, rare = (markets[0], categories[0]), (markets[1], categories[-1])
                runs = [
                    self.run(cursor, criteria_of(crowded)),
                    self.run(cursor, criteria_of(rare, company_size="1001+")),
                    self.run(cursor, criteria_of(crowded, budget=200)),
                    self.run(cursor, criteria_of(crowded, company_size="1-10")),
                    self.run(cursor, criteria_of(crowded, services=RARE)),
                    self.run(cursor, criteria_of(crowded, services=NOBODY_HAS_ALL)),
                ]
                times = " | ".join(f"{min(taken):.3f} {median(taken):.3f}" for taken, _rounds, _pages in runs)
                most = " | ".join(str(max(run[place] for run in runs)) for place in (1, 2))
                self.stdout.write(f"| {count:,} | {offers:,} | {times} | {most} |")
                if plan:
                    self.print_plan(cursor, criteria_of(crowded, budget=400))
            finally:
                for table in TABLES.values():
                    cursor.execute(f"DROP TABLE IF EXISTS {table}")

    def fill(self, cursor, count):
        """Make both tables with the indexes of the real ones; return how many offers there are."""
        for model, table in TABLES.items():
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
            cursor.execute(f"CREATE UNLOGGED TABLE {table} (LIKE {model._meta.db_table} INCLUDING IDENTITY)")
        cursor.execute(FILL, [count])
        offers = cursor.rowcount
        cursor.execute(FILL_SERVICES, [])
        for model, table in TABLES.items():
            self.create_indexes(cursor, model, table)
            cursor.execute(f"VACUUM ANALYZE {table}")
        return offers

    def create_indexes(self, cursor, model, table):
        """Create the indexes of the real table on the benchmark's."""
        with connection.schema_editor() as editor:
            for index in model._meta.indexes:
                own = index.clone()
                own.name = f"benchmark_{index.name}"
                statement = own.create_sql(model, editor)
                statement.rename_table_references(model._meta.db_table, table)
                cursor.execute(str(statement))

    def run(self, cursor, criteria):
        """Return the times (ms) of the runs, the rounds and the pages of a question, as the database counts."""
        scans, asked = scans_in_tables(criteria), []

        def ask(few):
            asked.append(few)
            return found_by(scans, few)

        Obliging(criteria, {}, clock.now(), LIMIT).settle(scans, ask)
        found = [[self.explain(cursor, scans, few) for few in asked] for _round in range(ROUNDS)]
        pages = sum(one["Plan"]["Shared Hit Blocks"] + one["Plan"]["Shared Read Blocks"] for one in found[-1])
        return [sum(one["Execution Time"] for one in rounds) for rounds in found], len(asked), pages

    def explain(self, cursor, scans, few, *, options="ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON"):
        sql, params = offers_statement(scans, few)
        cursor.execute(f"EXPLAIN ({options}) {sql}", params)
        return cursor.fetchone()[0][0]

    def print_plan(self, cursor, criteria):
        sql, params = offers_statement(scans_in_tables(criteria), LIMIT)
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {sql}", params)
        self.stdout.write("\n".join(row[0] for row in cursor.fetchall()))


def scans_in_tables(criteria):
    """Return the scans of this question, but of the benchmark's tables."""
    own = {model._meta.db_table: table for model, table in TABLES.items()}
    return [replace(scan, table=own[scan.table]) for scan in scans_of(criteria, {"EUR": Decimal(1)})]


def criteria_of(cell, *, budget=30_000, **changes):
    market, category = cell
    return Criteria(
        **{
            "market": market,
            "category_id": category,
            "category_name": "",
            "company_size": "11-50",
            "currency": "EUR",
            "budget": Decimal(budget),
            "gmv": Decimal(0),
        }
        | changes
    )
