"""Plain text that people write for a page, as HTML: paragraphs, headings, lists and links, and nothing else."""

import re
from itertools import groupby

from django.utils.html import format_html, format_html_join, urlize
from django.utils.safestring import mark_safe

HEADING, ITEM = "## ", "- "  # what a line begins with


def html_of(text):
    """Return the text as HTML in which everything typed is escaped.

    An empty line ends a paragraph, and a line break within one stays. A line that begins with "## " is a heading of the
    second level, one that begins with "- " an item of a list. Web and email addresses become links.
    """
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return format_html_join("\n", "{}", ((part,) for block in blocks for part in _parts(block)))


def _parts(block):
    for kind, lines in groupby(filter(None, map(str.strip, block.split("\n"))), _kind):
        match kind:
            case "h2":
                yield from (format_html("<h2>{}</h2>", line.removeprefix(HEADING)) for line in lines)
            case "ul":
                items = ((_linked(line.removeprefix(ITEM)),) for line in lines)
                yield format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", items))
            case _:
                yield format_html(
                    "<p>{}</p>", format_html_join(mark_safe("<br>"), "{}", ((_linked(x),) for x in lines))
                )


def _kind(line):
    return "h2" if line.startswith(HEADING) else "ul" if line.startswith(ITEM) else "p"


def _linked(line):
    return mark_safe(urlize(line, nofollow=True, autoescape=True))  # noqa: S308  it escapes what is no link
