"""Keeps templates compiled, and pages small: what only indents the source of a page is not sent."""

import re
from typing import cast

from django.template.base import TextNode
from django.template.loaders import base, cached

INDENTED = re.compile(r"[ \t\r]*\n\s*")
MAILS = "emails/"  # their text is made from their HTML, line by line
AS_WRITTEN = re.compile(r"<(pre|textarea)\b")


class _WithoutIndents(base.Loader):
    def get_template(self, template_name, skip=None):
        template = super().get_template(template_name, skip)
        if template_name.endswith(".html") and not template_name.startswith(MAILS):
            texts = cast("list[TextNode]", template.nodelist.get_nodes_by_type(TextNode))
            if not any(AS_WRITTEN.search(text.s) for text in texts):
                for text in texts:
                    text.s = INDENTED.sub("\n", text.s)
        return template


class Loader(cached.Loader, _WithoutIndents):
    """Django's own, which compiles each template once; a browser shows a line break and its indent as one space."""
