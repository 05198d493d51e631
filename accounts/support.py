"""Whom people write to when they need help: one rule for pages, mails and error pages, which may have no request."""

from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _


def whom():
    """Return what follows "write to": the programme's address, or who it is in words where no address is set."""
    return settings.SUPPORT_EMAIL or _("the staff of the programme")


def mailto():
    """Return the link that begins a mail to the programme; "" where no address is set."""
    return settings.SUPPORT_EMAIL and f"mailto:{quote(settings.SUPPORT_EMAIL, safe='@')}"


def on_questions():
    """Return the sentence that ends what people read of their standing: applied, declined, suspended."""
    return _("If you have a question about this, write to %(support)s.") % {"support": whom()}
