"""A backup is restored on another server, a base and the log bring that one back to the moment before a mistake."""

import shutil
import subprocess
import time
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from django.db import connection

from requests_app import services
from requests_app.integrity import backups
from requests_app.integrity.invariants import offenders
from tests import postgres
from tests.factories import PartnerFactory, ShopFactory, make_request, owner_of

AS_IN_PRODUCTION = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
PATIENCE = 30  # seconds until the log is archived


def run(rounds):
    """One round, whatever is asked for: it takes another server, and what it proves it proves once."""
    for picked in (True, False):
        make_request(ShopFactory(), PartnerFactory.create_batch(3) if picked else ())
    with TemporaryDirectory() as folder:
        dump, _content = backups.backup(folder)
        server = postgres.Server(AS_IN_PRODUCTION)
        keep_the_log_of(server)
        with led_to(server):
            backups.restore(dump)
            copy_base_of(server)
            request = make_request(ShopFactory(), PartnerFactory.create_batch(2))
            before, moment = backups.contents(), now()
            services.close_request(request_id=request.pk, by=owner_of(request.shop))
            make_a_mistake()
            wait_for_the_log()
            backups.lead_to()
            bring_back(server, moment)
            after, broken = backups.contents(), list(offenders())
    differing = [name for name in before["tables"] if after["tables"].get(name) != before["tables"][name]]
    return [
        ("rows brought back to the moment before a mistake", sum(rows for rows, _ in after["tables"].values()), None),
        ("tables that are not as they were then", len(differing), 0),
        ("invariants broken", len(broken), 0),
    ]


@contextmanager
def led_to(server):
    """Have Django's connection lead to that server's own database."""
    own = {name: connection.settings_dict[name] for name in ("HOST", "NAME")}
    backups.lead_to(HOST=str(server.folder), NAME="postgres")
    try:
        yield
    finally:
        backups.lead_to(**own)


def keep_the_log_of(server):
    archive = server.folder / "archive"
    archive.mkdir()
    if server.user:
        shutil.chown(archive, server.user)
    server.end_at_once()
    server.options |= {"archive_mode": "on", "archive_command": f"test ! -f {archive}/%f && cp %p {archive}/%f"}
    server.launch()


def copy_base_of(server):
    command = [server.programs / "pg_basebackup", "--host", server.folder, "--username=postgres", "--checkpoint=fast"]
    base = ["--wal-method=stream", "--pgdata", server.folder / "base"]
    if server.user:
        shutil.chown(server.folder, server.user)
    subprocess.run([*command, *base], check=True, user=server.user, cwd=server.folder)


def now():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()::text")
        return cursor.fetchone()[0]


def make_a_mistake():
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE requests_app_share CASCADE")


def wait_for_the_log():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_walfile_name(pg_switch_wal())")
        wanted, until = cursor.fetchone()[0], time.monotonic() + PATIENCE
        while time.monotonic() < until:
            cursor.execute("SELECT coalesce(last_archived_wal, '') >= %s FROM pg_stat_archiver", [wanted])
            if cursor.fetchone()[0]:
                return
            time.sleep(0.1)
    raise AssertionError(f"{wanted} of the log was not archived")


def bring_back(server, moment):
    """As docs/operations.md says: the base in the place of the data, and the log up to that moment."""
    server.end_at_once()
    server.data.rename(server.folder / "lost")
    (server.folder / "base").rename(server.data)
    (server.data / "recovery.signal").touch()
    server.options |= {
        "restore_command": f"cp {server.folder}/archive/%f %p",
        "recovery_target_time": moment,
        "recovery_target_action": "promote",
    }
    server.launch()
    said = (server.folder / "log").read_text()
    assert "recovery stopping before commit of transaction" in said, said[-2000:]
