"""Questions and replies in a timeline. Other messages stand in the conversation alone."""

from itertools import groupby
from operator import attrgetter

from django.utils.translation import ngettext

from requests_app.events import Kind

TALK = (Kind.ASKED, Kind.REPLIED)
MOST = 6  # one after the other with a line each


def in_lines(events, *, together=attrgetter("pk")):
    """Return events, newest first, as lists of those that share a line of the timeline.

    Questions and replies of a share that follow each other share one where they are many; of other events `together`
    gives what those of one line have in common.
    """

    def key(event):
        return (event.share_id, "talk") if event.kind in TALK else together(event)

    groups = [list(group) for _key, group in groupby(events, key=key)]
    return [line for group in groups for line in _told_apart(group)]


def _told_apart(events):
    few = events[0].kind in TALK and len(events) <= MOST
    return [[event] for event in events] if few else [events]


def earlier_text(events):
    """Return how many questions and replies stand in a line beside its newest; "" where they are told apart."""
    count = len(events) - 1
    if not count or events[0].kind not in TALK:
        return ""
    return ngettext("And %(count)d question or reply before", "And %(count)d questions and replies before", count) % {
        "count": count
    }
