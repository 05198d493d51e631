"""What is refused before any page looks at it, and a header that Django has no setting for."""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound
from django.views.defaults import bad_request

METHODS = ("GET", "HEAD", "POST")
UNUSED = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
    "gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS = ", ".join(f"{feature}=()" for feature in UNUSED)


class HttpLimitsMiddleware:
    """Django counts a body only where it is read into memory: what claims to be a file would be written to the disk,
    whatever its size. Nothing here takes files.

    An address and a quoted cookie can hold a null byte, with which PostgreSQL looks for nothing.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = _refusal(request) or self.get_response(request)
        response.headers["Permissions-Policy"] = PERMISSIONS
        return response


def _refusal(request):
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return HttpResponse("This is more than the site takes at once.\n", status=413, content_type="text/plain")
    if "\0" in request.path_info:
        return HttpResponseNotFound("There is no such page.\n", content_type="text/plain")
    if any("\0" in value for value in request.COOKIES.values()):
        return bad_request(request, BadRequest("null byte"))
    return None
