"""Writes deploy/grafana/shoppartners.json, the dashboard of docs/monitoring.md; `--check` says whether it is stale."""

import json
import sys
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "deploy/grafana/shoppartners.json"
WIDTH, HEIGHT = 8, 7  # of a panel, in Grafana's grid of 24 columns
SOURCE = {"type": "prometheus", "uid": "${source}"}
DURATION = "shoppartners_http_request_duration_seconds"
TASKS, WEEK = "shoppartners_task_duration_seconds", "shoppartners_shares_of_week"
PAGES = 'route!~"static|healthz|readyz|none"'

# Rows of panels: (title, unit, [(query, legend)]).
ROWS = {
    "Is it well?": [
        (
            "Web servers",
            "short",
            [('up{job="shoppartners"}', "{{instance}}"), ("shoppartners_database_up", "database")],
        ),
        ("Workers", "short", [("max(shoppartners_workers)", "alive")]),
        ("Release", "short", [("count by (version) (shoppartners_build_info)", "{{version}}")]),
    ],
    "Pages": [
        ("Requests a second", "reqps", [(f"sum by (status) (rate({DURATION}_count[5m]))", "{{status}}")]),
        (
            "Seconds of pages",
            "s",
            [
                (
                    f"histogram_quantile({part}, sum by (le) (rate({DURATION}_bucket{{{PAGES}}}[5m])))",
                    f"p{part * 100:g}",
                )
                for part in (0.5, 0.95, 0.99)
            ],
        ),
        (
            "Slowest routes, p95",
            "s",
            [
                (
                    f"topk(5, histogram_quantile(0.95, sum by (le, route) (rate({DURATION}_bucket{{{PAGES}}}[15m]))))",
                    "{{route}}",
                )
            ],
        ),
    ],
    "Processes": [
        ("Connections of the pools", "short", [("sum by (state) (shoppartners_db_pool_connections)", "{{state}}")]),
        (
            "Connections waited for, and not had",
            "reqps",
            [
                ("sum(rate(shoppartners_db_pool_queued_total[5m]))", "waited for"),
                ("sum(rate(shoppartners_db_pool_errors_total[5m]))", "not had"),
            ],
        ),
        ("Memory", "bytes", [("shoppartners_process_resident_memory_bytes", "{{instance}} {{pid}}")]),
    ],
    "Behind the pages": [
        ("Jobs that wait", "short", [("max by (queue, state) (shoppartners_queue_jobs)", "{{queue}} {{state}}")]),
        ("Oldest job", "s", [("max by (queue) (shoppartners_queue_oldest_seconds)", "{{queue}}")]),
        (
            "Tasks",
            "s",
            [
                (
                    f"sum by (task) (rate({TASKS}_sum[5m])) / sum by (task) (rate({TASKS}_count[5m]))",
                    "{{task}}",
                )
            ],
        ),
        (
            "Mails",
            "short",
            [
                ("max by (kind) (shoppartners_mails_waiting)", "{{kind}} due"),
                ("max by (kind) (shoppartners_mails_retrying)", "{{kind}} tried in vain"),
                ("max by (kind) (shoppartners_mails_failed)", "{{kind}} failed"),
            ],
        ),
        ("Lateness of what falls due", "s", [("max by (kind) (shoppartners_timers_due_seconds)", "{{kind}}")]),
        (
            "Since the last backup and drill",
            "s",
            [("time() - max by (kind) (shoppartners_safeguard_timestamp_seconds)", "{{kind}}")],
        ),
    ],
    "The programme": [
        ("Open requests", "short", [("max by (headline) (shoppartners_requests)", "{{headline}}")]),
        ("Live shares", "short", [("max by (status) (shoppartners_shares)", "{{status}}")]),
        (
            "What waits for staff",
            "short",
            [
                ("max by (hold) (shoppartners_requests_held)", "held: {{hold}}"),
                ("max(shoppartners_requests_unmatched)", "unmatched"),
                ("max(shoppartners_partners_unanswering)", "partners that nobody answers for"),
                ("max(shoppartners_failed_tasks)", "failed tasks"),
            ],
        ),
        (
            "Requests to partners without an answer, of a week",
            "percentunit",
            [
                (
                    f'max({WEEK}{{outcome="unanswered"}}) / max({WEEK}{{outcome="received"}})',
                    "unanswered",
                )
            ],
        ),
    ],
}


def main():
    text = json.dumps(dashboard(), indent=1) + "\n"
    if "--check" not in sys.argv[1:]:
        FILE.write_text(text)
        return 0
    if FILE.read_text() == text:
        return 0
    print(f"{FILE.name} is stale: run `.venv/bin/python scripts/dashboard.py`")
    return 1


def dashboard():
    return {
        "uid": "shoppartners",
        "title": "Shop Partners",
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]
        },
        "panels": list(panels()),
    }


def panels():
    """Yield the panels, row under row, three beside each other."""
    number, y = 0, 0
    for title, row in ROWS.items():
        number += 1
        yield {"id": number, "type": "row", "title": title, "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}}
        y += 1
        for place, (name, unit, queries) in enumerate(row):
            number += 1
            x, down = place % 3 * WIDTH, place // 3 * HEIGHT
            yield panel(number, name, unit, queries, {"x": x, "y": y + down, "w": WIDTH, "h": HEIGHT})
        y += -(-len(row) // 3) * HEIGHT


def panel(number, title, unit, queries, place):
    return {
        "id": number,
        "type": "timeseries",
        "title": title,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + position), "datasource": SOURCE, "expr": query, "legendFormat": legend}
            for position, (query, legend) in enumerate(queries)
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
