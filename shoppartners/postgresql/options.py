"""How this product connects to each PostgreSQL that the environment names."""

from shoppartners.postgresql.gate import Connection


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
