"""Requests that are refused before any view sees them, and a header that Django has no setting for."""

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.security import SecurityMiddleware
from django.template.loader import render_to_string
from django.utils import translation

ALLOWED_METHODS = ("GET", "HEAD", "POST")
UNUSED_FEATURES = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
    "gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES)
UNREADABLE = (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError, LookupError, ValueError)


class HttpLimitsMiddleware:
    """Refuses requests that cannot be read, with a page of ours and all headers; gives a page to each 405.

    Whatever Django reads only when somebody asks for it is read here, once, so that neither a view nor an error page
    meets it unread. It stands outside SecurityMiddleware, whose headers a refusal gets too.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.security = SecurityMiddleware(get_response)

    def __call__(self, request):
        if status := _refused(request):
            with translation.override(_language_of(request)):
                refusal = HttpResponseNotAllowed(ALLOWED_METHODS) if status == 405 else HttpResponse(status=status)
                response = self.security.process_response(request, _with_page(refusal))
        else:
            response = self.get_response(request)
            if response.status_code == 405:  # Django's own has no text
                _with_page(response)
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        return response


def _refused(request):
    """Return the status with which to refuse the request, None to take it.

    Django limits only bodies that it reads into memory, and would write files of any size to the disk; no page here
    takes files. PostgreSQL refuses queries with a null byte; in a form its field says so, and shows what was typed.
    Forms are UTF-8, as all our pages are.
    """
    if request.method not in ALLOWED_METHODS:
        return 405
    try:
        if _length_of(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return 413
        if request.content_params.get("charset", "utf-8").lower() != "utf-8":
            return 400
        request.get_host()
        asked = [text for name, values in request.GET.lists() for text in (name, *values)]
        texts = [request.path_info, *request.COOKIES.values(), *asked]
        _read = request.POST, request.FILES
    except RequestDataTooBig:
        return 413
    except UNREADABLE:
        return 400
    return 400 if any("\0" in text for text in texts) else None


def _length_of(request):
    """Return the announced length in bytes; raise ValueError where it is none. int() takes more than HTTP does."""
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit()):
        raise ValueError
    return int(text)


def _language_of(request):
    """Return the reader's language; the site's where that cannot be read either."""
    try:
        return translation.get_language_from_request(request)
    except UNREADABLE:
        return settings.LANGUAGE_CODE


def _with_page(response):
    """Give the response the page of its status, which needs no user and no database. Return the response."""
    response.content = render_to_string(f"{response.status_code}.html")
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers["Content-Length"] = str(len(response.content))
    return response
