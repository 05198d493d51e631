"""The table that `make bench` prints: each number beside its bar, and what stands over it."""

import json
from pathlib import Path

FOLDER = Path("var/bench")  # results of earlier runs, for the growth from small to large
SHOWN = {
    "cpu": "CPU ms", "app": "of the application", "database": "of the database", "ratio": "x floor",
    "queries": "queries", "buffers": "buffers", "bytes": "bytes", "wal": "bytes of WAL",
    "commits": "writing transactions", "growth": "growth",
    "p50 at 1": "p50 ms, 1 client", "p95 at 1": "p95 ms, 1 client", "p50 at 8": "p50 ms, 8 clients",
    "p95 at 8": "p95 ms, 8 clients", "seconds": "seconds", "memory": "MB", "a second": "a second",
    "ms": "ms", "us": "microseconds",
}  # fmt: skip
AT_LEAST = {"a second"}  # the more the better; of all others the bar is the most


class Report:
    """Collects the lines of one run."""

    def __init__(self, size):
        self.size, self.lines, self.over = size, {}, []
        self.small = _read("small") if size != "small" else {}

    def add(self, name, numbers, bars):
        """Print a line: its numbers, with the bar of those that have one."""
        before = self.small.get(name, {}).get("cpu")
        if before and "cpu" in numbers:
            numbers["growth"] = numbers["cpu"] / before
        self.lines[name] = numbers
        said, missed = [], "failed" in numbers
        for key, label in SHOWN.items():
            if (value := numbers.get(key)) is None:
                continue
            bar, over = bars.get(key), False
            if bar is not None:
                over = value < bar if key in AT_LEAST else value > bar
            missed |= over
            beside = (
                f" ({'>=' if key in AT_LEAST else '<='} {bar:,}{' OVER' if over else ''})" if bar is not None else ""
            )
            said.append(f"{_written(value)} {label}{beside}")
        if "failed" in numbers:
            said.insert(0, numbers["failed"])
        if missed:
            self.over.append(name)
        print(f"{'OVER' if missed else 'ok  '}  {name}: {', '.join(said)}", flush=True)

    def finish(self):
        """Keep the numbers for a later run; return the exit status."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / f"{self.size}.json").write_text(json.dumps(_read(self.size) | self.lines, indent=1))
        print(f"\n{len(self.lines)} lines, {len(self.over)} over their bar.")
        return bool(self.over)


def _read(size):
    kept = FOLDER / f"{size}.json"
    return json.loads(kept.read_text()) if kept.exists() else {}


def _written(value):
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"
