"""What changed in a list that refreshes itself, in sentences for those who hear the page rather than see it."""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.formats import sentences
from accounts.paging import fingerprint_of

MOST_NAMED = 3


class Line(NamedTuple):
    """A row as it is spoken of."""

    reference: str
    name: str
    status: str  # its code
    label: str


def state_of(shown, lines):
    """What a page sends along when it asks anew: the mark of what it shows, and the status of each of its rows."""
    return f"{fingerprint_of(shown)}/" + ",".join(f"{line.reference}:{line.status}" for line in lines)


def changes_since(seen, lines):
    """What the lines say that a page in the state `seen` did not show; "" where that is not known."""
    had = dict(pair.split(":", 1) for pair in seen.partition("/")[2].split(",") if ":" in pair)
    if not had:
        return ""
    changed = [_sentence(line, had) for line in lines if had.get(line.reference) != line.status]
    if more := len(changed[MOST_NAMED:]):
        changed[MOST_NAMED:] = [ngettext("%(count)d more changed.", "%(count)d more changed.", more) % {"count": more}]
    elif gone := max(0, len(had) - len(lines)):
        changed.append(
            ngettext("%(count)d request left this list.", "%(count)d requests left this list.", gone) % {"count": gone}
        )
    return sentences(changed)


def _sentence(line, had):
    said = {"name": line.name, "status": line.label}
    return _("%(name)s is “%(status)s” now.") % said if line.reference in had else _("New: %(name)s.") % said
