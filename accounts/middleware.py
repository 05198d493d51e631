import zoneinfo

from django.conf import settings
from django.utils import timezone, translation


class ReaderMiddleware:
    """Whoever is signed in reads in his own language and zone; LocaleMiddleware has chosen for everyone else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.user.is_authenticated:
            return self.get_response(request)
        if request.user.language in dict(settings.LANGUAGES):
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(zoneinfo.ZoneInfo(request.user.time_zone)):
            return self.get_response(request)
