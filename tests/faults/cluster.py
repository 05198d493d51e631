"""Two PostgreSQL that take turns as primary and synchronous standby, and PgBouncer before the primary."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from tests import postgres
from tests.nginx import free_port
from tests.postgres import end_with_parent

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
MISSING = "pgbouncer is missing: apt-get install pgbouncer, or brew install pgbouncer"
PATIENCE = 30  # seconds
NAME = "postgres"  # the database
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_log_hints": "on",  # with which pg_rewind can work
    "wal_keep_size": "512MB",
    "hot_standby_feedback": "on",
}


class Node(postgres.Server):
    """One of the two: a new primary, or a standby of `source`."""

    def __init__(self, name, source=None):
        self.name, self.source, self.port = name, source, free_port()
        super().__init__(OPTIONS | {"port": str(self.port)})

    def make_data(self):
        if self.source is None:
            super().make_data()
            lines = [f"{name} = '{value}'\n" for name, value in OPTIONS.items()]
            with (self.data / "postgresql.conf").open("a") as configuration:  # which pg_rewind's recovery reads too
                configuration.writelines(lines)
        else:
            copy = ["--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf", "--no-sync"]
            self.run("pg_basebackup", "--dbname", self._way_to(self.source), "--pgdata", self.data, *copy)

    def _way_to(self, other):
        return f"host=127.0.0.1 port={other.port} user=postgres dbname={NAME} application_name={self.name}"

    def kill(self):
        """As when the machine ends: every process at once, by kill -9."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def ask(self, sql):
        """Return the first column of the first row."""
        with psycopg.connect(self._way_to(self), autocommit=True) as connection:
            found = connection.execute(sql)
            return found.fetchone()[0] if found.description else None

    def wait_for_standbys(self, names):
        """Have each COMMIT wait for the standbys of these names ("" for none), once they stream."""
        if names:
            self._wait_until("SELECT count(*) > 0 FROM pg_stat_replication WHERE state = 'streaming'")
        self.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.ask("SELECT pg_reload_conf()")
        if names:
            self._wait_until("SELECT count(*) > 0 FROM pg_stat_replication WHERE sync_state = 'sync'")

    def _wait_until(self, sql):
        until = time.monotonic() + PATIENCE
        while not self.ask(sql):
            assert time.monotonic() < until, sql
            time.sleep(0.05)

    def promote(self):
        assert self.ask(f"SELECT pg_promote(true, {PATIENCE})")

    def hold_still(self):
        """Have a standby take in the log and replay nothing of it."""
        self.ask("SELECT pg_wal_replay_pause()")
        self._wait_until("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    def rejoin(self, source):
        """Become the standby of what was promoted: what this one alone had written is undone."""
        ways = ["--target-pgdata", self.data, "--source-server", self._way_to(source)]
        self.run("pg_rewind", *ways, "--write-recovery-conf", "--no-sync")
        self.launch()


class Bouncer:
    """PgBouncer by transaction, as docs/high-availability.md sets it up; leads to one node; ends with the block."""

    def __init__(self, node):
        self.node, self.port = node, free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/site"

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="shoppartners-pgbouncer-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.configuration = self.folder / "pgbouncer.ini"
        self._write()
        log = (self.folder / "log").open("w")
        self.process = subprocess.Popen(
            [PROGRAM, self.configuration],
            user=self.node.user,  # it refuses to run as root
            cwd="/",
            stdout=log,
            stderr=log,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )
        return self

    def __exit__(self, *_raised):
        self.process.kill()
        self.process.wait(10)
        shutil.rmtree(self.folder)

    def lead_to(self, node):
        self.node = node
        self._write()
        self.process.send_signal(signal.SIGHUP)  # as RELOAD on its console

    def _write(self):
        self.configuration.write_text(f"""[databases]
site = host=127.0.0.1 port={self.node.port} dbname={NAME} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 20
max_client_conn = 500
server_login_retry = 1
server_connect_timeout = 2
query_wait_timeout = 3
""")


def hosts(nodes, kind):
    """Return the address of the one of these servers that is of this kind, a primary ("read-write") or a "standby"."""
    places = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
    return f"postgres://postgres@{places}/{NAME}?target_session_attrs={kind}"
