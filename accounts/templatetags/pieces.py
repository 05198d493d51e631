"""Tags whose pieces of a page are remembered, and the sheet of icons that pieces are drawn with."""

from django.template import Node

from accounts.remembered import Piece, key_of, memory

ICON_SHEET = "icon_sheet"


def sheet_of(context):
    """Return the icons that the page's sheet will hold, in order, as keys; None where the page has no sheet.

    Each included template has a render context of its own, on top of those of its page.
    """
    return next((found[ICON_SHEET] for found in reversed(context.render_context.dicts) if ICON_SHEET in found), None)


def remembered(register):
    """Decorate an inclusion tag that draws the same whenever its arguments are the same.

    That is so if it and its template know nothing else: no request, csrf token, user, database, setting or clock.
    """

    def decorate(tag):
        remember(register, tag.__name__)
        return tag

    return decorate


def remember(register, name):
    """Have this inclusion tag of the library remember what it draws."""
    compile_tag = register.tags[name]
    register.tags[name] = lambda parser, token: RememberedNode(name, compile_tag(parser, token))


class RememberedNode(Node):
    """Gives what its inclusion tag drew before, with the icons that this took; else lets it draw."""

    child_nodelists = ()

    def __init__(self, name, tag):
        self.name, self.tag = name, tag

    def render(self, context):
        sheet = sheet_of(context)
        key = self._key(context, sheet is not None)
        if key is None:
            return self.tag.render(context)
        if (piece := memory.find(key)) is None:
            piece = self._draw(context, sheet)
            memory.keep(key, piece)
        if sheet is not None:
            sheet.update(dict.fromkeys(piece.symbols, True))
        return piece.html

    def _key(self, context, has_sheet):
        given, named = self.tag.get_resolved_arguments(context)
        values = (*given, *named.values())
        look = (*named, has_sheet, context.autoescape, context.use_l10n, context.use_tz)
        key = key_of(self.name, values)
        return key and (*key, *look)

    def _draw(self, context, sheet):
        if sheet is None:
            return Piece(self.tag.render(context), ())
        symbols = {}
        with context.render_context.push(**{ICON_SHEET: symbols}):
            return Piece(self.tag.render(context), tuple(symbols))
