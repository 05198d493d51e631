from decimal import Decimal
from statistics import median

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from partners.bands import BANDS
from partners.matching import FEW, Criteria, offers_statement
from partners.models import Category, Market, Offer

TABLE = "benchmark_offer"
ROUNDS = 200
# Three offers a partner, spread over all cells; the first cell is crowded, with one offer of every twentieth partner.
# Nobody takes a budget of the lowest band or serves the smallest size; in the second band all ask for its upper end.
FILL = f"""
    WITH cells AS (
        SELECT (SELECT array_agg(id ORDER BY id) FROM partners_category) AS categories,
               (SELECT array_agg(code ORDER BY code) FROM partners_market) AS markets
    )
    INSERT INTO {TABLE} (partner_id, category_id, market_id, band, cents, sizes, rank, referred_at, name_order)
    SELECT n,
           categories[1 + CASE WHEN crowd THEN 0 ELSE (n * 3 + k * 5 + n / 480) %% cardinality(categories) END],
           markets[1 + CASE WHEN crowd THEN 0 ELSE (n + k * 3) %% cardinality(markets) END],
           1 + (n * 7 + k * 13) %% {len(BANDS)}, 24900, 2 * (1 + (n * 11 + k) %% 31), (n * 31 + k * 17) %% 450,
           timestamptz '2026-01-01' + (n %% 100000) * interval '1 minute', 'agency ' || n
    FROM cells, generate_series(1, %s) AS n, generate_series(0, 2) AS k,
         LATERAL (SELECT k = 0 AND n %% 20 = 0 AS crowd) AS which
"""  # noqa: S608 (constants)


class Command(BaseCommand):
    help = (
        "Measure the matching statement on PostgreSQL with made-up offers in a table of their own, dropped at the end."
    )

    def add_arguments(self, parser):
        parser.add_argument("--partners", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
        parser.add_argument("--plan", action="store_true", help="print the plan of the crowded question, too")

    def handle(self, *args, partners, plan, **options):
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL is measured: set DATABASE_URL.")
        self.stdout.write(f"Median of {ROUNDS} runs in the database, ms")
        self.stdout.write("| partners | offers | crowded | rare | no budget fits | size unserved | pages, at most |")
        self.stdout.write("|---:|---:|---:|---:|---:|---:|---:|")
        for count in partners:
            self.measure(count, plan=plan and count == partners[-1])

    def measure(self, count, *, plan):
        markets = list(Market.objects.order_by("code").values_list("code", flat=True))
        categories = list(Category.objects.order_by("pk").values_list("pk", flat=True))
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
            cursor.execute(f"CREATE UNLOGGED TABLE {TABLE} (LIKE {Offer._meta.db_table} INCLUDING IDENTITY)")
            try:
                cursor.execute(FILL, [count])
                offers = cursor.rowcount
                self.create_indexes(cursor)
                cursor.execute(f"VACUUM ANALYZE {TABLE}")
                crowded, rare = (markets[0], categories[0]), (markets[1], categories[-1])
                runs = [
                    self.run(cursor, crowded, budget=30_000, size="11-50"),
                    self.run(cursor, rare, budget=30_000, size="1001+"),
                    self.run(cursor, crowded, budget=200, size="11-50"),
                    self.run(cursor, crowded, budget=30_000, size="1-10"),
                ]
                times = " | ".join(f"{milliseconds:.3f}" for milliseconds, _pages in runs)
                self.stdout.write(f"| {count:,} | {offers:,} | {times} | {max(pages for _ms, pages in runs)} |")
                if plan:
                    self.print_plan(cursor, crowded)
            finally:
                cursor.execute(f"DROP TABLE {TABLE}")

    def create_indexes(self, cursor):
        """Create the indexes of the real table on the benchmark's."""
        with connection.schema_editor() as editor:
            for index in Offer._meta.indexes:
                own = index.clone()
                own.name = f"benchmark_{index.name}"
                statement = own.create_sql(Offer, editor)
                statement.rename_table_references(Offer._meta.db_table, TABLE)
                cursor.execute(str(statement))

    def run(self, cursor, cell, *, budget, size):
        """Return the median execution time (ms) and the pages touched by one question, as the database counts them."""
        found = [self.explain(cursor, cell, budget, size) for _round in range(ROUNDS)]
        pages = found[-1]["Plan"]["Shared Hit Blocks"] + found[-1]["Plan"]["Shared Read Blocks"]
        return median(one["Execution Time"] for one in found), pages

    def explain(self, cursor, cell, budget, size, *, options="ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON"):
        sql, params = self.statement(cell, budget, size)
        cursor.execute(f"EXPLAIN ({options}) {sql}", params)
        return cursor.fetchone()[0][0]

    def print_plan(self, cursor, cell):
        sql, params = self.statement(cell, 400, "11-50")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {sql}", params)
        self.stdout.write("\n".join(row[0] for row in cursor.fetchall()))

    def statement(self, cell, budget, size):
        market, category = cell
        criteria = Criteria(
            market=market,
            category_id=category,
            category_name="",
            company_size=size,
            currency="EUR",
            budget=budget,
            gmv=Decimal(0),
        )
        return offers_statement(criteria, {"EUR": Decimal(1)}, FEW, table=TABLE)
