"""/healthz: this process answers. /readyz: it can also reach the database and the queue."""

import dataclasses

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from health_check.base import HealthCheck
from health_check.checks import Database
from health_check.exceptions import ServiceUnavailable
from health_check.views import HealthCheckView

from shoppartners.errors import RETRY_AFTER


@login_not_required
def healthz(request):
    return HttpResponse("ok\n", content_type="text/plain")


class HealthMiddleware:
    """Answers /healthz before anything asks the database, such as for the session of a browser that looks there."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path == "/healthz" and request.method != "POST":
            return healthz(request)
        return self.get_response(request)


@dataclasses.dataclass
class Queue(HealthCheck):
    """The queue's tables can be read. On SQLite there is no queue: tasks run in this process."""

    def run(self):
        if not settings.ON_POSTGRESQL:
            return
        from procrastinate.contrib.django import app

        try:
            found = app.check_connection()
        except Exception as error:
            raise ServiceUnavailable("The queue does not answer") from error
        finally:
            connection.close()  # this runs in a thread of its own, whose connection nobody else closes
        if not found:
            raise ServiceUnavailable("The queue's tables are missing")


@method_decorator([login_not_required, transaction.non_atomic_requests], name="dispatch")
class ReadyView(HealthCheckView):
    checks = (Database, Queue)

    def render_to_response(self, context, **response_kwargs):
        response = self.render_to_response_json(response_kwargs.get("status"))
        if response.status_code >= 500:
            response.status_code = 503
            response.headers["Retry-After"] = RETRY_AFTER
        return response
