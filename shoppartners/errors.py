"""The page for an error that no view has seen: 500, or 503 while the database cannot be reached."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string

RETRY_AFTER = "5"  # seconds
GONE = ("08", "57P", "53300")  # begin PostgreSQL's codes for: no connection, shut down or starting, too many


def server_error(request):
    """Answer the exception that is being handled. The page needs no user and no database."""
    response = HttpResponse(render_to_string("500.html"), status=500)
    if database_is_gone(sys.exc_info()[1]):
        response.status_code = 503
        response.headers["Retry-After"] = RETRY_AFTER
    response.headers["Cache-Control"] = "no-store"
    return response


def database_is_gone(error):
    """Return whether this error, or what led to it, is that there is no connection to the database."""
    while error is not None:
        if isinstance(error, OperationalError | InterfaceError):
            code = getattr(error.__cause__, "sqlstate", "")  # None where no server said anything; SQLite has no codes
            return code is None or code.startswith(GONE)
        error = error.__cause__ or error.__context__
    return False
