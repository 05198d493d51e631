"""What the machine has no container engine to prove: files, commands and variables that deployment names exist."""

import os
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command, get_commands
from django.test import override_settings

from scripts.deployment import documented

pytestmark = pytest.mark.once

ROOT = settings.BASE_DIR
PROGRAMS = Path(sys.executable).parent  # of the virtual environment
NOT_OURS = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "POSTGRES_PASSWORD", "POSTGRES_USER"}
OF_PSQL = {"PGHOST", "PGUSER", "PGPASSWORD"}


def compose(file="compose.yaml"):
    return yaml.safe_load((ROOT / file).read_text())


def together(one, other):
    """Give both files in one, as `docker compose --file one --file other` reads them: maps and lists grow."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {name: together(one[name], value) if name in one else value for name, value in other.items()}
    return one + other if isinstance(one, list) and isinstance(other, list) else other


def large():
    return together(compose(), compose("compose.large.yaml"))


def containerfile():
    """Give (instruction, rest) of each, lines joined."""
    text = (ROOT / "Containerfile").read_text().replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line and not line.startswith("#")]


def variables_read():
    """Give the environment variables that settings, gunicorn and scripts ask for."""
    found = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "shoppartners/settings.py").read_text()))
    for name in ("gunicorn.conf.py", "manage.py"):
        found |= set(re.findall(r"""os\.environ\.get\(["'](\w+)""", (ROOT / name).read_text()))
    return found | set(re.findall(r"\${([A-Z_]+)", (ROOT / "scripts/serve.sh").read_text()))


def test_operations_lists_every_variable_and_no_other():
    assert "DB_POOL_MAX" in variables_read()
    assert documented() == variables_read()


def test_compose_sets_known_variables_only():
    for service in large()["services"].values():
        assert set(service.get("environment", ())) - NOT_OURS - OF_PSQL <= variables_read()


def test_compose_starts_what_there_is():
    services = compose()["services"]
    commands = [command for service in services.values() for command in (service.get("command"),) if command]
    probes = [service["healthcheck"]["test"] for service in services.values() if "healthcheck" in service]

    assert set(services) == {"database", "migrate", "web", "proxy", "worker", "backup"}
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
    for build in (service["build"] for service in large()["services"].values() if "build" in service):
        assert (ROOT / build["context"] / build["dockerfile"]).exists()
    managed = re.findall(r"python manage\.py (\w+)", " ".join(commands))
    assert managed == ["migrate", "createcachetable", "procrastinate", "backup"]
    known = get_commands() | {"procrastinate": None}  # which SQLite has not
    assert all(name in known for name in managed)
    assert probes == ["pg_isready --username shoppartners", "python scripts/probe.py"]


def test_large_compose_adds_what_there_is():
    services, volumes = large()["services"], large()["volumes"]
    added = services.keys() - compose()["services"].keys()
    replicated = {name for name, service in services.items() if service.get("deploy", {}).get("replicas") == 2}
    mounted = [volume.split(":")[0] for service in services.values() for volume in service.get("volumes", ())]
    pinned = [service["image"] for service in services.values() if "build" not in service]

    assert added == {"replica", "synchronise", "pgbouncer"}
    assert replicated == {"web", "worker"}
    assert all(set(service.get("depends_on", ())) <= set(services) for service in services.values())
    for place in (place for place in mounted if not place.startswith("${")):
        assert (ROOT / place).exists() if place.startswith("./") else place in volumes, place
    assert all(re.fullmatch(r"[a-z]+:\d+(\.\d+)?", image) for image in pinned)
    assert {services[name]["image"] for name in ("replica", "synchronise")} == {services["database"]["image"]}


def test_large_compose_goes_to_the_bouncer_but_for_what_needs_the_server_itself():
    services = large()["services"]
    password = "shoppartners:${POSTGRES_PASSWORD:?}"
    bouncer = (ROOT / "deploy/pgbouncer/pgbouncer.ini").read_text()
    ways = {name: services[name]["environment"] for name in ("web", "worker", "migrate", "backup")}

    assert {name: way["DATABASE_URL"].partition("@")[2] for name, way in ways.items()} == {
        "web": "pgbouncer:6432/shoppartners",
        "worker": "pgbouncer:6432/shoppartners",
        "migrate": "database/shoppartners",
        "backup": "database/shoppartners",
    }
    for name, server in {"QUEUE_DATABASE_URL": "read-write", "REPLICA_URL": "standby"}.items():
        both = f"postgres://{password}@database,replica/shoppartners?target_session_attrs={server}"
        assert ways["web"][name] == ways["worker"][name] == both
    assert "listen_port = 6432" in bouncer
    assert "pool_mode = transaction" in bouncer


def test_readers_come_through_the_proxy_alone():
    services = large()["services"]
    proxy = (ROOT / "deploy/nginx.conf").read_text()
    port = re.search(r"\bPORT=(\d+)", (ROOT / "Containerfile").read_text())[1]

    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "proxy": ["80:80", "443:443"]
    }
    assert "./deploy/nginx.conf:/etc/nginx/nginx.conf:ro" in services["proxy"]["volumes"]
    assert "./deploy/nginx:/etc/nginx/shoppartners:ro" in services["proxy"]["volumes"]
    assert any(volume.endswith(":/etc/nginx/certificates:ro") for volume in services["proxy"]["volumes"])
    assert f"server web:{port};" in proxy
    assert services["web"]["environment"]["TRUSTED_PROXY_COUNT"] == "1"


def test_image_holds_what_the_site_is_made_of():
    copied = [source for name, rest in containerfile() if name == "COPY" for source in rest.split()[:-1]]
    needed = {
        name
        for name in ("accounts", "partners", "requests_app", "shoppartners", "static", "templates", "locale")
        if (ROOT / name).exists()
    }

    assert all((ROOT / source).exists() for source in copied)
    scripts = {"manage.py", "gunicorn.conf.py", "scripts/probe.py", "scripts/messages.py"}
    assert needed | scripts | {"pyproject.toml", "requirements/production.txt"} == set(copied)


def test_image_has_the_programs_of_the_database_s_major_version():
    installed = re.findall(r"postgresql-client-(\d+)", (ROOT / "Containerfile").read_text())

    assert [f"postgres:{major}" for major in installed] == [compose()["services"]["database"]["image"]]


def test_image_runs_a_program_of_the_lock():
    command = dict(containerfile())["CMD"]

    assert command == '["gunicorn", "shoppartners.wsgi"]'
    assert (PROGRAMS / "gunicorn").exists()
    assert "gunicorn==" in (ROOT / "requirements/production.txt").read_text()


def test_scripts_can_be_run_and_parsed():
    scripts = [*(ROOT / "scripts").glob("*.sh"), *(ROOT / "deploy").rglob("*.sh"), ROOT / ".ci/run"]

    assert len(scripts) > 5
    for script in scripts:
        assert os.access(script, os.X_OK), script
        assert subprocess.run(["bash", "-n", script]).returncode == 0, script


def test_serve_says_which_variable_is_missing():
    environment = {name: value for name, value in os.environ.items() if name not in {"SECRET_KEY", "DATABASE_URL"}}
    told = subprocess.run([ROOT / "scripts/serve.sh"], env=environment, capture_output=True, text=True)

    assert told.returncode == 1
    assert "DATABASE_URL is not set" in told.stderr


@pytest.mark.parametrize(("status", "code"), [(200, 0), (500, 1)])
def test_probe_asks_the_site_by_its_name(status, code):
    asked = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers["Host"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Site) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        environment = {"PORT": str(server.server_port), "ALLOWED_HOSTS": "partners.example.com,localhost"}
        told = subprocess.run(
            [sys.executable, ROOT / "scripts/probe.py"], env=os.environ | environment, capture_output=True
        )
        thread.join()

    assert told.returncode == code
    assert asked == [("/readyz", "partners.example.com")]


@pytest.mark.django_db(transaction=True)
def test_cache_of_production_works_on_this_database():
    table = {"default": {"BACKEND": "shoppartners.cache.DatabaseCache", "LOCATION": "cache_table"}}
    with override_settings(CACHES=table):
        call_command("createcachetable")
        cache = caches["default"]
        cache.set("attempts", 1)
        cache.incr("attempts")

        assert cache.get("attempts") == 2
        assert cache.get_many(["attempts", "other"]) == {"attempts": 2}
        cache.clear()
        assert cache.get("attempts") is None
