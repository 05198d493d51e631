"""Fills a PostgreSQL and measures the product on it: `make bench` calls it. Fails when a line is over its bar.

    python -m tests.postgres python -m bench

ROWS=small|large says how much is filled in, ONLY="pages http crowd watch proof timers mails stop data" what
is measured.
"""

import logging
import os
import sys
import tempfile

import django


def main():
    size, only = os.environ.get("ROWS") or "small", (os.environ.get("ONLY") or "").split()
    from django.core.management import call_command
    from django.db import connection

    from bench import jobs, rounds, watch, world
    from bench.report import Report

    if size not in world.SIZES:
        return f"ROWS={size}: choose one of {', '.join(world.SIZES)}."
    parts = {
        "pages": rounds.measure,
        "http": rounds.latency,
        "crowd": rounds.crowd,
        "watch": watch.measure,
    } | jobs.PARTS
    if unknown := set(only) - parts.keys():
        return f"ONLY={' '.join(sorted(unknown))}: choose among {', '.join(parts)}."
    tables = connection.introspection.table_names()
    if tables and "bench_world" not in tables:
        return (
            "The database that DATABASE_URL names is not empty. Name an empty one, or none: a server is started then."
        )
    if not tables:
        print(f"Filling a world of {world.SIZES[size]['requests']:,} requests…", flush=True)
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        world.fill(size)
    call_command("collectstatic", interactive=False, verbosity=0)
    keys, report = world.Keys(**world.SIZES[size]), Report(size)
    for name in only or parts:
        parts[name](report, keys)
    return report.finish()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="shoppartners-bench-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "shoppartners.settings", "SECRET_KEY": "only the benchmark has this long key",
            "HTTPS": "0", "VAR_DIR": folder, "LOG_LEVEL": "CRITICAL", "REQUESTS_PER_HOUR": "1000000",
            "DB_POOL_MAX": "8",
        }  # fmt: skip
        django.setup()
        logging.disable(logging.CRITICAL)
        sys.exit(main())
