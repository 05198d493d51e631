"""HTML as tests read and compare it."""

import re
from html import unescape
from xml.etree import ElementTree as ET

from markupever import HtmlOptions, Parser
from markupever._rustlib import Element, Text
from markupever._rustlib.iter import Children


def squeezed(html):
    """Return the HTML with its entities read and without white space beside tags and twice in a text."""
    return re.sub(r"\s*(<[^>]+>)\s*", r"\1", " ".join(unescape(html).split()))


def read(html, *, within=None):
    """Return the elements of a page as a browser builds them, and what is not well-formed in it, in words.

    A piece of a page is read as it would be `within` an element of that name.
    """
    parser = Parser(HtmlOptions(exact_errors=True, fragment_context=within)).process(html).finish()
    errors = [str(error) for error in parser.errors()]
    piece = ET.Element(within or "document")
    _add_children(piece, parser.into_dom().root()._raw)
    return piece if within else piece[0], errors


def _add_children(parent, node):
    """Take over what is below a node of the parser itself: markupever wraps each, which takes as long again."""
    last = None
    for child in Children(node):
        if isinstance(child, Element):
            last = ET.SubElement(parent, child.name.local, {name.local: value for name, value in child.attrs.items()})
            _add_children(last, child)
        elif isinstance(child, Text) and last is None:
            parent.text = (parent.text or "") + child.content
        elif isinstance(child, Text):
            last.tail = (last.tail or "") + child.content


def tree_of(html):
    return read(html)[0]


def elements_of(tree):
    return list(tree.iter())


def line_of(error, html):
    """Return the number of the line that an error of `read` is in, and the line."""
    lines = html.splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        if error in read("".join(lines[:number]))[1]:
            return number, line.strip()
    return len(lines), ""
