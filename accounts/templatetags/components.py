"""The components: a tag for each template in templates/components/, drawn with the parameters that its signature names.

A component takes explicit parameters and knows no model, so what it draws follows from them alone. A misspelled or
missing parameter is a TemplateSyntaxError. `/styleguide/` (demo only) shows each in every variant.

A small one that a list draws in each row is `@component(remembered=True)`: see `accounts.templatetags.pieces`.
"""

import inspect
from functools import partial, wraps

from django import template
from django.template.loader import get_template
from django.urls import reverse

from accounts.templatetags.pieces import remember

register = template.Library()


def component(signature=None, *, remembered=False):
    """Register a tag of the function's name that draws templates/components/<name>.html with its parameters."""
    if signature is None:
        return partial(component, remembered=remembered)
    parameters = inspect.signature(signature)

    @wraps(signature)
    def context(*args, **kwargs):
        bound = parameters.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.arguments

    register.inclusion_tag(f"components/{signature.__name__}.html")(context)
    if remembered:
        remember(register, signature.__name__)
    return context


# Parts of a page


@component
def page_header(title, lead="", eyebrow="", status="", described="", alone=False, meta="", actions=()):
    """The head of a page. `eyebrow` is a small line above the title, `meta` one below.

    `status` is a code for the tag of that name, as are `described` and `alone`. `actions` are
    {label, url, style, icon, method}.
    """


@register.inclusion_tag("components/crumbs.html")
def crumbs(*parts):
    """`{% crumbs _("My Requests") "seller:my_requests" ref %}`: label and URL (or its name) in turn, then the page."""
    *pairs, here = parts
    items = [
        {"label": label, "url": url if str(url).startswith("/") else reverse(url)}
        for label, url in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    return {"items": items, "here": here}


@register.simple_block_tag
def card(content, title="", lead="", count="", level=2, footer="", flush=False, tone="", id=""):
    """A titled box. `flush` is for content that brings its own padding: tables, rows."""
    return get_template("components/card.html").render(locals())


@component
def tabs(items, label):
    """Links that choose what a list shows: {label, url, active, count}. `label` names them for screen readers."""


@component
def pager(newer_url="", older_url="", newer_label="", older_label=""):
    """Newer and Older. A URL is empty where there is nothing that way; nothing is drawn where both are."""


@component(remembered=True)
def empty_state(title, text="", url="", label="", icon_name="inbox", level=2):
    """What stands in place of an empty list. `url` and `label` are the one next action."""


@component(remembered=True)
def alert(text="", kind="info", title="", url="", label="", role="", focus=False):
    """A notice: `kind` is info, success, warning or danger; `url` and `label` are one link.

    `role` is "alert" or "status" where the notice appears after an act, `focus` whether the page opens at it.
    """


@component
def consequences(intro="", ends=(), keeps=(), notified=()):
    """What an act will do, as accounts.verbs.Consequences has it."""


@component
def confirm(verb, cancel_url, intro="", ends=(), keeps=(), notified=(), form=None, style="danger", carried=()):
    """The body of a page that asks before it acts: the consequences, the questions of `form`, and the buttons.

    `verb` is the label of the button that acts, `style` its look; the form sends the (name, value) of `carried`.
    """


# Facts and figures


@component
def facts(rows, layout=""):
    """A list of {label, value, help}; an empty value is a dash. `layout`: "columns" on wide screens, or "stacked"."""


@component(remembered=True)
def stat(label, value, help="", url="", tone=""):
    """One figure; `url` makes it a link."""


@component(remembered=True)
def meter(label, percent, text):
    """How full something is: `percent` is a whole number from 0 to 100, `text` is like "3 of 8"."""


@component
def data_table(head, rows, caption):
    """Numbers: `head` names the columns, `rows` are {label, cells}, `caption` is for screen readers."""


@component
def bars(picture, labels=(), ends=(), part="", rest=""):
    """Upright bars of requests_app.pages.charts.bars; `labels` are {label, value}, one under each bar.

    `ends` are, in place of labels, what stands under the first and the last bar; `part` and `rest` name the colours.
    The numbers also stand in a `data_table` beside the picture and, in words, in its title.
    """


@component
def funnel(picture, labels):
    """Stages that narrow, of requests_app.pages.charts.funnel; `labels` are {label, value}, one under each stage."""


@component
def timeline(items):
    """What happened, newest first: {title, by, at, icon, tone, detail}."""


@component(remembered=True)
def money(amount, currency, per=""):
    """An amount in a currency (its ISO code); `per="month"` adds "a month"."""


# Small things


@component(remembered=True)
def avatar(name, size="md"):
    """The initials of a name that stands beside it; `size` is sm, md, lg or xl."""


@component(remembered=True)
def badge(label, tone="grey", icon_name=""):
    """A fact, coloured: grey, accent, amber, blue, green, red, violet or orange. Statuses have tags of their own."""


@component(remembered=True)
def pill(label, tone="grey", icon_name="", text=""):
    """A status, as the tags of requests_app and partners draw it; `text` stands beside it."""


@component(remembered=True)
def next_step(turn="none", text="", who="", until=None):
    """Whose turn it is: "you", "other" (then `who` names them) or "none", what is to be done, and until when.

    With `who` and `until` and no text it says that they have until then to answer.
    """


@component
def button(label, url, style="secondary", icon_name="", method="get"):
    """A link drawn as a button, or with `method="post"` a form of one button."""


@component
def print_button():
    """Print the page, with static/js/print.js; without JavaScript the browser's own menu does."""


# Forms


@component
def error_summary(form):
    """The errors of a bound form, each a link to its field; it stands above the form and takes the focus.

    The label of a tick box is a sentence of its own, so it is not repeated.
    """


@component
def field(field):
    """One bound field with label, help and errors."""


@component
def fields(form):
    """The fields of a form in order, hidden ones too; errors of the whole form stand in the `error_summary`."""


@component
def draft_offer():
    """What this browser kept of a form, offered back; it stands in each form that has the attributes of `draft`."""


@component
def draft_note():
    """How long this browser keeps what is typed; it stands in such a form, too."""


# The frame


@component
def brand(url, area_name=""):
    """The product's name, and the area's behind it."""


@component
def top_bar(frame, platform, user):
    """The bar above signed-in pages."""


@component
def public_bar(frame, platform, user):
    """The bar above public pages."""


@component
def side_nav(frame):
    """The navigation of an area: always there on wide screens, a popover on narrow ones."""


@component
def bell(unread):
    """The link to the notifications; `unread` is how many are new."""


@component
def account_menu(frame, user):
    """The menu of the person who is signed in; it opens without JavaScript."""


@component
def menu_link(label, page, icon_name):
    """A link in the account menu; `page` is the name of its URL."""


@component
def account_tabs(here):
    """The tabs of a person's own settings; `here` is the page's URL name, such as "accounts:preferences"."""


@component
def membership_switch(membership, active):
    """One membership in the account menu, and whether it is the active one."""


@component
def language_switch(frame, style=""):
    """Each language under its own name; `style="menu"` in a menu."""


@component
def messages(messages):
    """What was done, or why not: Django's messages."""


@component
def footer(platform="", frame=None):
    """The foot of a page, with the `site_links`.

    Public pages give `platform` and `frame`: theirs says what the site is, and leads to signing up and to languages.
    """


@component
def site_links():
    """Help, privacy, terms, and whom to write to: what a foot holds. It needs no request and no database."""


@component
def reach():
    """Whom to write to for help, as a paragraph; nothing where no address is set."""


@component
def demo_bar(days):
    """What a demo site says of itself; `days` is how far its clock is ahead."""


@component
def social(title, text, path, site):
    """How a public page looks in search results and in previews of links."""
