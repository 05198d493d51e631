"""Limits what one page may ask of the database, so that nobody's search has all others wait."""

from django.conf import settings

from shoppartners.postgresql.limits import statements_end_after

ADMIN = "/admin/"  # shoppartners.urls


class StatementLimitMiddleware:
    """Stands before all that asks the database. SQLite knows no such limit."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        of_staff = request.path_info.startswith(ADMIN)
        with statements_end_after(settings.ADMIN_STATEMENT_SECONDS if of_staff else settings.PAGE_STATEMENT_SECONDS):
            return self.get_response(request)
