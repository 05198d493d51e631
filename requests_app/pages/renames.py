"""The line of a timeline that says what the shop is called from then on. Both sides read the same."""

from requests_app.events import RENAMED


def renamed_line(at, before, after):
    """Return it for templates/components/timeline.html."""
    title = str(RENAMED.title) % {"before": before, "after": after}
    return {"title": title, "at": at, "by": "", "icon": RENAMED.icon, "tone": RENAMED.tone}
