from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django_structlog.middlewares import RequestMiddleware as StructlogMiddleware
from structlog.contextvars import bind_contextvars


class RequestMiddleware(StructlogMiddleware):
    @staticmethod
    def format_request(request):
        """Without the query: people search for names and addresses."""
        return f"{request.method} {request.path}"

    @classmethod
    def bind_ip(cls, request):
        """The address that the rate limits count: no header that a reader may send by himself decides it."""
        try:
            address = get_adapter().get_client_ip(request)
        except (PermissionDenied, ImproperlyConfigured):  # a header that no proxy of ours would send
            address = None
        bind_contextvars(ip=address)
