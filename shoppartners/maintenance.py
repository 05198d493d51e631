"""With MAINTENANCE=1 every page says so without using the database. Health checks and static files still answer."""

from django.shortcuts import render

HEALTH_PATHS = ("/healthz", "/readyz")
RETRY_AFTER = "300"  # seconds


class MaintenanceMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path in HEALTH_PATHS:
            return self.get_response(request)
        response = render(None, "503.html", status=503)
        response.headers["Retry-After"] = RETRY_AFTER
        response.headers["Cache-Control"] = "no-store"
        return response
