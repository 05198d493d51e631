"""docs/monitoring.md, the alerts and the dashboard speak of metrics and events that there are, and of all of them."""

import ast
import json
import re
import shutil
import subprocess

import pytest
import yaml
from django.conf import settings

from accounts.session_limits import LOGGED
from scripts import files
from shoppartners.metrics.figures import PREFIX, TEXTS
from shoppartners.metrics.instruments import registry

pytestmark = pytest.mark.once

ROOT = settings.BASE_DIR
PROMETHEUS = ROOT / "deploy/prometheus"
OF_LIBRARIES = {"request_started", "request_finished", "request_failed"}  # django-structlog's
OURS = re.compile(r"(accounts|partners|requests_app|shoppartners)/.+\.py")
LOGS = r"log(ger)?\.(debug|info|warning|error|exception|critical)"
PARTS = re.compile(r"_duration_seconds_(bucket|sum|count)$")  # of a histogram
NAME = re.compile(r"shoppartners_[a-z_]+")


def document():
    return (ROOT / "docs/monitoring.md").read_text()


def first_cells(heading):
    """Give what the first column of the table under a heading names."""
    part = document().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", part, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([A-Za-z_]+)`", cell)]


def metrics():
    own = {f"{PREFIX}{name}" for name in (*TEXTS, "database_up", "database_read_seconds", "build_info")}
    totals = {f"{each.name}_total" if each.type == "counter" else each.name for each in registry.collect()}
    return own | totals


def rules():
    (group,) = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def logged():
    """Give the event of every line that our code logs; those of signing in are chosen by a table and a default."""
    for name in files.tracked():
        if OURS.fullmatch(name):
            for node in ast.walk(ast.parse((ROOT / name).read_text())):
                if isinstance(node, ast.Call) and re.fullmatch(LOGS, ast.unparse(node.func)):
                    if isinstance(node.args[0], ast.Constant):
                        yield node.args[0].value
                    else:
                        assert name == "accounts/session_limits.py"
    yield from (*LOGGED, "sign_in_failed", "sign_in_limited")


def test_document_lists_every_metric_and_no_other():
    assert sorted(first_cells("Metrics")) == sorted(metrics())


def test_document_lists_every_event_of_the_log_and_no_other():
    assert "mail_failed" in set(logged())
    assert sorted(first_cells("The log")) == sorted({*logged()} | OF_LIBRARIES)


def test_document_says_what_to_do_about_each_alert():
    assert first_cells("Alerts") == list(rules())
    assert {rule["labels"]["severity"] for rule in rules().values()} == {"page", "ticket"}


def test_alerts_and_dashboard_ask_for_metrics_that_there_are():
    dashboard = json.loads((ROOT / "deploy/grafana/shoppartners.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    asked += [rule["expr"] for rule in rules().values()]
    named = {PARTS.sub("_duration_seconds", name) for name in NAME.findall(" ".join(asked))}

    assert len(asked) > 40
    assert named - metrics() == set()


def test_every_alert_has_a_test_in_which_it_fires():
    tests = [test for name in ("alerts_test.yml", "alerts_of_days_test.yml") for test in read(name)["tests"]]
    fires = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}

    assert fires == set(rules())


def read(name):
    return yaml.safe_load((PROMETHEUS / name).read_text())


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is missing: `apt-get install prometheus`")
@pytest.mark.parametrize("command", ["check rules alerts.yml", "test rules alerts_test.yml alerts_of_days_test.yml"])
def test_prometheus_takes_the_rules_and_each_fires_where_it_should(command):
    ran = subprocess.run(["promtool", *command.split()], cwd=PROMETHEUS, capture_output=True, text=True)

    assert ran.returncode == 0, ran.stdout + ran.stderr
