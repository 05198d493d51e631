"""Requests that are refused before any view sees them, and a header that Django has no setting for."""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound
from django.views.defaults import bad_request

ALLOWED_METHODS = ("GET", "HEAD", "POST")
UNUSED_FEATURES = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
    "gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES)


class HttpLimitsMiddleware:
    """Refuses other methods, bodies that are too large, and null bytes in the path or a cookie.

    Django limits only bodies that it reads into memory, and would write files of any size to the disk; no page here
    takes files. PostgreSQL refuses queries with a null byte.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = _refusal(request) or self.get_response(request)
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        return response


def _refusal(request):
    if request.method not in ALLOWED_METHODS:
        return HttpResponseNotAllowed(ALLOWED_METHODS)
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return HttpResponse("This is more than the site takes at once.\n", status=413, content_type="text/plain")
    if "\0" in request.path_info:
        return HttpResponseNotFound("There is no such page.\n", content_type="text/plain")
    if any("\0" in value for value in request.COOKIES.values()):
        return bad_request(request, BadRequest("null byte"))
    return None
