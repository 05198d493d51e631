"""The page for an error that no view has seen: 500, or 503 where the database cannot be reached or took too long."""

import sys

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string

logger = structlog.get_logger(__name__)
RETRY_AFTER = "5"  # seconds
TOO_SLOW = "57014"  # PostgreSQL's code for a statement that it ended at its limit
GONE = ("08", "57P", "53300")  # begin PostgreSQL's codes for: no connection, shut down or starting, too many


def server_error(request):
    """Answer the exception that is being handled. The page needs no user and no database."""
    error = sys.exc_info()[1]
    if TOO_SLOW in _codes(error):
        logger.warning("statement_ended", path=request.path)
        response = HttpResponse(render_to_string("503_too_slow.html"), status=503)
    else:
        response = HttpResponse(render_to_string("500.html"), status=500)
    if database_is_gone(error):
        response.status_code = 503
    if response.status_code == 503:
        response.headers["Retry-After"] = RETRY_AFTER
    response.headers["Cache-Control"] = "no-store"
    return response


def database_is_gone(error):
    """Return whether this error, or what led to it, is that there is no connection to the database."""
    code = next(_codes(error), "")
    return code is None or code.startswith(GONE)


def _codes(error):
    """Yield the database's code for this error and for what led to it, the last first.

    None where no server said anything, "" on SQLite.
    """
    while error is not None:
        if isinstance(error, OperationalError | InterfaceError):
            yield getattr(error.__cause__, "sqlstate", "")
        error = error.__cause__ or error.__context__
