import zoneinfo

from django.utils import timezone


class ReaderMiddleware:
    """Times in the reader's zone. The language is LocaleMiddleware's, from the cookie that the language page sets."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            with timezone.override(zoneinfo.ZoneInfo(request.user.time_zone)):
                return self.get_response(request)
        return self.get_response(request)
