from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django_structlog.middlewares import RequestMiddleware as StructlogMiddleware
from structlog.contextvars import bind_contextvars


class RequestMiddleware(StructlogMiddleware):
    def prepare(self, request):
        request.is_logged = True  # for masking.OneLine
        super().prepare(request)

    def process_got_request_exception(self, sender, request, **kwargs):
        """Log the first error of a request: where the database is gone, each middleware on the way out meets it."""
        if not getattr(request, "has_failed", False):
            request.has_failed = True
            super().process_got_request_exception(sender, request, **kwargs)

    @staticmethod
    def format_request(request):
        """Return the request without its query, since people search for names and addresses."""
        return f"{request.method} {request.path}"

    @classmethod
    def bind_ip(cls, request):
        """Bind the IP address that the rate limits count, which no header sent by a client decides."""
        try:
            address = get_adapter().get_client_ip(request)
        except (PermissionDenied, ImproperlyConfigured):  # a header that our proxies do not send
            address = None
        bind_contextvars(ip=address)
