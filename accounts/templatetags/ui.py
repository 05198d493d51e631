"""What the components need and every page may use: icons, money, times, initials."""

import re
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from heroicons import _render_icon

from accounts import devices, formats, support
from accounts.prose import html_of
from accounts.templatetags.pieces import ICON_SHEET, sheet_of

register = template.Library()
AVATAR_TONES = 6
ICON_SIZES = {"micro": 16, "mini": 20, "outline": 24}


@lru_cache(maxsize=256)
def _icon(name, style):
    """(the drawing, the drawing as a symbol, a use of that symbol)"""
    size = ICON_SIZES[style]
    drawing = _render_icon(style, name, size, {"class": "icon"})
    head, inner = re.fullmatch(r"<svg(.*?)>(.*)</svg>", drawing.strip(), re.DOTALL).groups()
    looks = re.sub(r' (?:class|width|height|aria-hidden)="[^"]*"', "", head)
    inner = " ".join(inner.replace(' clip-rule="evenodd"', "").split())  # nothing here clips
    symbol = f'<symbol id="icon-{style}-{name}"{looks}>{inner}</symbol>'
    use = f'<use href="#icon-{style}-{name}"/>'
    using = f'<svg class="icon" width="{size}" height="{size}" aria-hidden="true">{use}</svg>'
    return tuple(map(mark_safe, (drawing, symbol, using)))  # the package's own drawing


@register.simple_tag(takes_context=True)
def icon(context, name, style="mini"):
    """A heroicon as inline SVG, hidden from screen readers: the words beside it say what it means.

    A whole page has each drawing once, where `icon_sheet` stands; a piece that htmx asked for has it in its place.
    """
    drawing, symbol, using = _icon(name + "", style + "")
    if (sheet := sheet_of(context)) is None:
        return drawing
    sheet[symbol] = True
    return using


@register.simple_tag(takes_context=True)
def with_icon_sheet(context):
    """Begins a page that has an `icon_sheet` at its end. When htmx asks, it may take less of it: there is none then.

    Fields are drawn one by one, as if each were a page: a field that begins with this uses the sheet of its page.
    """
    request = context.get("request")
    if not getattr(request, "htmx", False):
        context.render_context[ICON_SHEET] = sheet = getattr(request, ICON_SHEET, {})
        if request:
            setattr(request, ICON_SHEET, sheet)
    return ""


@register.simple_tag(takes_context=True)
def icon_sheet(context):
    if (sheet := sheet_of(context)) is None:
        return ""
    symbols = mark_safe("".join(sheet))  # noqa: S308  the package's own drawings
    return format_html('<svg id="icon-sheet" class="icon-sheet" aria-hidden="true">{}</svg>', symbols)


@register.simple_tag
def support_link():
    """Whom one writes to for help, as a link; "" where no address is set. Needs neither a request nor a database."""
    return format_html('<a href="{}">{}</a>', support.mailto(), support.whom()) if support.mailto() else ""


@register.simple_tag
def support_whom():
    """What follows "write to" in a sentence."""
    return support.whom()


@register.filter
def money(amount, currency):
    return formats.money(amount, currency)


@register.filter
def prose(text):
    return html_of(text)


@register.filter
def joined(names):
    return formats.joined(names)


@register.simple_tag
def together(*parts):
    return formats.together(*parts)


@register.filter
def label(name):
    return formats.label(name)


@register.filter
def device(user_agent):
    return devices.device(user_agent)


@register.filter
def initials(name):
    return formats.initials(name)


@register.filter
def tone_of(name):
    """A number from 1 to 6 that stays the same for a name: the avatar's colour."""
    return sum(map(ord, str(name))) % AVATAR_TONES + 1


def _time(moment, text):
    if not moment:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        formats.full(moment),
        text(moment),
    )


@register.filter
def ago(moment):
    return _time(moment, formats.ago)


@register.filter
def day(moment):
    return _time(moment, formats.day)


@register.filter
def day_and_time(moment):
    return _time(moment, formats.day_and_time)


@register.filter
def time_of_day(moment):
    return _time(moment, formats.time_of_day)


@register.filter
def focus_id(field):
    """Where a link to a field leads: its input, or the first one of a group."""
    return field.id_for_label or (field.subwidgets[0].id_for_label if field.subwidgets else field.auto_id)


@register.simple_tag(takes_context=True)
def draft(context, form, *of):
    """The attributes of a <form> that keep what is typed into it in this browser (static/js/form-draft.js).

    `of` tells its draft from others of the reader, such as a row's key; without it the page's path does. Each form into
    which people write takes it, with `draft_offer` and `draft_note` inside.
    """
    request = context.request
    key = ":".join(map(str, ["draft", request.user.pk or "anyone", *(of or [request.path])]))
    return format_html('data-draft="{}"{}', key, mark_safe(" data-draft-unsaved") if form.is_bound else "")
