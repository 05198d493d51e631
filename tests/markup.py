"""HTML as tests compare it."""

import re
from html import unescape


def squeezed(html):
    """Return the HTML with its entities read and without white space beside tags and twice in a text."""
    return re.sub(r"\s*(<[^>]+>)\s*", r"\1", " ".join(unescape(html).split()))
