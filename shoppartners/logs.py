from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.utils.functional import SimpleLazyObject
from django_structlog.middlewares import RequestMiddleware as StructlogMiddleware
from structlog.contextvars import bind_contextvars, unbind_contextvars


class RequestMiddleware(StructlogMiddleware):
    def prepare(self, request):
        request.is_logged = True  # for masking.OneLine
        super().prepare(request)

    @staticmethod
    def bind_user_id(request):
        """Bind the person if they were looked up already: the line of an error must not fail for want of a database."""
        user = getattr(request, "user", None)
        if isinstance(user, SimpleLazyObject) and not hasattr(request, "_cached_user"):
            unbind_contextvars("user_id")
        else:
            bind_contextvars(user_id=getattr(user, "pk", None))

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
