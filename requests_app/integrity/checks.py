from django.conf import settings
from django.core import checks


def events_have_a_key_of_their_own(app_configs, **kwargs):
    """Otherwise a new SECRET_KEY makes each chain of events look broken, and who has it can sign events."""
    if settings.AUDIT_KEY != settings.SECRET_KEY:
        return []
    return [
        checks.Warning(
            "AUDIT_KEY is not set on its own: events are signed with SECRET_KEY.",
            hint="Set AUDIT_KEY to another long random text, and keep it when SECRET_KEY changes.",
            id="requests_app.W001",
        )
    ]
