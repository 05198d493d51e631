"""Django's WSGI handler, with requests that can always be made, whatever their Content-Type says."""

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


class Request(WSGIRequest):
    def _set_content_type_params(self, meta):
        """Note the charset and do not use it: HttpLimitsMiddleware refuses all but UTF-8, with a page.

        Django decodes the query by it at once, before any middleware, and fails at codecs that are not of text.
        """
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):
            self.content_type, self.content_params = "", {"charset": "unreadable"}


class Handler(WSGIHandler):
    request_class = Request
