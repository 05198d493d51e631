"""A browser's User-Agent as a person would name it; whoever sends it may say what he likes."""

from django.utils.translation import gettext as _

from accounts.formats import together

BROWSERS = (  # the first that is named: most name others as well
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def device(user_agent):
    """ "Firefox, Linux"; what it knows of the two."""
    known = [name for names in (BROWSERS, SYSTEMS) if (name := _first(names, user_agent))]
    return together(*known) or _("Unknown device")


def _first(names, user_agent):
    return next((name for mark, name in names if mark in user_agent), "")
