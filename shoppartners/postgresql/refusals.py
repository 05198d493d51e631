"""Why there is no connection to the database, in one line: the pool only says that it waited in vain."""

import re
from dataclasses import dataclass

import psycopg

# What the server or libpq says, what that means, and whether it may pass by itself.
REASONS = (
    (r"Temporary failure in name resolution", "the name of the host cannot be looked up just now", True),
    (r"failed to resolve host|could not translate host", "no host has this name: correct it in DATABASE_URL", False),
    (r"[Cc]onnection refused|No such file", "nothing listens there: start PostgreSQL, or correct DATABASE_URL", True),
    (
        r"time(d )?out|unreachable|No route",
        "no answer: look at the network, or correct the host in DATABASE_URL",
        True,
    ),
    (r"starting up|shutting down|in recovery|terminating", "it is starting or stopping: try again in a moment", True),
    (r"not (yet )?accepting|unexpectedly|reset by peer", "it is starting or stopping: try again in a moment", True),
    (r"session is read-only", "it takes no writes: another takes its place, or correct DATABASE_URL", True),
    (
        r"too many|slots|no more",
        "it takes no further connection: lower DB_POOL_MAX or raise max_connections",
        True,
    ),
    (r"password|SCRAM|authentication failed", "it refuses the user {user!r} or the password of DATABASE_URL", False),
    (r"role .* does not exist", "it has no user {user!r}: make it, or correct DATABASE_URL", False),
    (r"database .* does not exist", "it has no database {name!r}: `createdb {name}`, or correct DATABASE_URL", False),
    (r"no pg_hba.conf entry", "its pg_hba.conf does not let {user!r} in from here: add a line there", False),
    (r"permission denied", "{user!r} may not connect to {name!r}: GRANT CONNECT, or correct DATABASE_URL", False),
    (r"SSL|certificate", "no encrypted connection comes about: look at sslmode in DATABASE_URL", False),
    (r"login has been failing|cannot connect to server", "PgBouncer reaches no server: look whether it runs", True),
)


@dataclass(frozen=True)
class Refusal:
    line: str
    may_pass: bool


def refusal_of(connection):
    """Try to connect, past the pool: return the Refusal, or None where one can be had that answers.

    `connection` is Django's, to a PostgreSQL.
    """
    parameters = connection.get_connection_params() | {"connect_timeout": 3}
    for ours in ("connection_class", "cursor_factory", "context", "prepare_threshold"):
        parameters.pop(ours, None)
    try:
        with psycopg.connect(**parameters) as found:
            found.execute("SELECT 1")  # PgBouncer lets in while its server is away
            return None
    except psycopg.Error as error:
        return told(str(error), connection.settings_dict)


def told(message, place):
    """Return the Refusal that this message of libpq or the server means; `place` is the database's settings."""
    host = f"{place['HOST'] or 'its socket'}{':' if place['PORT'] else ''}{place['PORT']}"
    for pattern, meaning, may_pass in REASONS:
        if re.search(pattern, message):
            words = meaning.format(user=place["USER"], name=place["NAME"])
            return Refusal(f"PostgreSQL at {host}: {words}.", may_pass)
    first = message.strip().splitlines()[0] if message.strip() else "no reason given"
    return Refusal(f"PostgreSQL at {host} takes no connection: {first}", may_pass=False)
