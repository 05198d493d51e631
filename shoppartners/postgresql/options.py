"""How this product connects to each PostgreSQL that the environment names."""

import psycopg

from shoppartners.postgresql.gate import Connection, Gate

# How far a server's log is, as (timeline, bytes), NULL where it cannot say. Every commit that anybody has seen on the
# primary is in its log up to there (but with synchronous_commit = off), and on the replica all up to there can be read.
OF_PRIMARY = (
    "SELECT CASE WHEN NOT pg_is_in_recovery()"
    " THEN ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int END,"
    " CASE WHEN NOT pg_is_in_recovery() THEN (pg_current_wal_flush_lsn() - '0/0')::bigint END"
)
OF_REPLICA = (
    "SELECT greatest((SELECT timeline_id FROM pg_control_checkpoint()),"
    " (SELECT min_recovery_end_timeline FROM pg_control_recovery())),"
    " CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0')::bigint END"
)


def with_pool(database, *, min_size, max_size):
    """Return the settings of a database's address with our backend and a pool of so many connections.

    What the address itself sets, such as sslmode, goes before ours.
    """
    options = {
        "connect_timeout": 2,  # seconds
        "tcp_user_timeout": 5_000,  # milliseconds: a network that swallows everything
    }
    pool = {
        "min_size": min_size,
        "max_size": max_size,
        "timeout": 1,  # seconds that one waits for a connection
        "reconnect_timeout": 3,  # ... that the pool tries on, ever more rarely, for one that it lost
        "connection_class": Connection,
    }
    return database | {
        "ENGINE": "shoppartners.postgresql",
        "CONN_MAX_AGE": 0,  # the pool keeps the connections, and the backend checks each that it gives
        "OPTIONS": options | database.get("OPTIONS", {}) | {"pool": pool, "server_side_binding": True},
    }


def with_replica(primary, address, **sizes):
    """Return the settings of both databases, which say how far they are when a connection is taken.

    Nobody waits long for the replica, since the primary has all that it has.
    """
    soon = {"connect_timeout": 2, "tcp_user_timeout": 1_500}
    replica = with_pool(address | {"OPTIONS": soon | address.get("OPTIONS", {})}, **sizes)
    replica["OPTIONS"]["pool"] |= {"timeout": 0.5, "connection_class": psycopg.Connection}
    own = {"GATE": Gate(), "POSITION": OF_REPLICA, "TEST": {"MIRROR": "default"}}
    return {"default": primary | {"POSITION": OF_PRIMARY}, "replica": replica | own}
