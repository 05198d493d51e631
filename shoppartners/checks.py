import structlog
from django.conf import settings
from django.core import checks
from django.core.exceptions import ValidationError

from accounts.fields import AddressField

logger = structlog.get_logger(__name__)


def readers_have_addresses_of_their_own(app_configs, **kwargs):
    """Behind a proxy that is not counted all readers have its address, and share one limit for wrong passwords."""
    if settings.DEMO or settings.DEBUG or settings.ALLAUTH_TRUSTED_PROXY_COUNT > 0:
        return []
    return [
        checks.Warning(
            "TRUSTED_PROXY_COUNT is 0: behind a proxy, eleven wrong passwords of anybody lock out everybody.",
            hint="Set TRUSTED_PROXY_COUNT to the number of proxies before the site: 1 for deploy/nginx.conf alone.",
            id="shoppartners.W002",
        )
    ]


def people_can_write_to_the_programme(app_configs, **kwargs):
    """Pages and mails say whom to write to for help, and say no address where none is set."""
    if settings.DEMO or settings.DEBUG:
        return []
    try:
        AddressField().clean(settings.SUPPORT_EMAIL)
    except ValidationError:
        return [
            checks.Warning(
                "SUPPORT_EMAIL is not an email address: pages and mails do not say whom to write to for help.",
                hint="Set SUPPORT_EMAIL to an address that the people who run the programme read.",
                id="shoppartners.W003",
            )
        ]
    return []


def log_warnings():
    """Log what our own checks of a deployment find; the web server calls it when it starts."""
    if settings.DEMO or settings.DEBUG:
        return
    for check in OF_DEPLOYMENT:
        for found in check(None):
            logger.warning("deployment", id=found.id, problem=found.msg, hint=found.hint)


def events_have_a_key_of_their_own(app_configs, **kwargs):
    """Otherwise a new SECRET_KEY makes each chain of events look broken, and who has it can sign events."""
    if settings.AUDIT_KEY != settings.SECRET_KEY:
        return []
    return [
        checks.Warning(
            "AUDIT_KEY is not set on its own: events are signed with SECRET_KEY.",
            hint="Set AUDIT_KEY to another long random text, and keep it when SECRET_KEY changes.",
            id="shoppartners.W001",
        )
    ]


OF_DEPLOYMENT = (
    events_have_a_key_of_their_own,
    readers_have_addresses_of_their_own,
    people_can_write_to_the_programme,
)
