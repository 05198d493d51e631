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
    note: str = ""  # what is new of it beside its status, in words


NOTED = "+"  # behind the status of a row that has a note


def state_of(shown, lines):
    """What a page sends along when it asks anew: the mark of what it shows, and the status of each of its rows."""
    states = (f"{line.reference}:{line.status}{NOTED if line.note else ''}" for line in lines)
    return f"{fingerprint_of(shown)}/" + ",".join(states)


def changes_since(seen, lines):
    """What the lines say that a page in the state `seen` did not show; "" where that is not known."""
    had = dict(pair.split(":", 1) for pair in seen.partition("/")[2].split(",") if ":" in pair)
    if not had:
        return ""
    changed = [said for line in lines if (said := _sentence(line, had.get(line.reference)))]
    if more := len(changed[MOST_NAMED:]):
        changed[MOST_NAMED:] = [ngettext("%(count)d more changed.", "%(count)d more changed.", more) % {"count": more}]
    elif gone := max(0, len(had) - len(lines)):
        changed.append(
            ngettext("%(count)d request left this list.", "%(count)d requests left this list.", gone) % {"count": gone}
        )
    return sentences(changed)


def _sentence(line, had):
    """Return what is to be said of a row that was in this state, None where it was not there; "" for nothing."""
    said = {"name": line.name, "status": line.label, "note": line.note}
    if had is None:
        return _("New: %(name)s.") % said
    if had.removesuffix(NOTED) != line.status:
        return _("%(name)s is “%(status)s” now.") % said
    return _("%(name)s: %(note)s.") % said if line.note and not had.endswith(NOTED) else ""
