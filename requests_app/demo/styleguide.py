"""Every component in every variant, on one page; a demo site's only."""

from datetime import timedelta

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts import clock
from partners.workflow import Availability, PartnerStatus
from requests_app.pages import figures
from requests_app.workflow import Headline, RequestStatus, ShareStatus

TONES = ("grey", "blue", "green", "amber", "red", "violet", "orange")
PARTS = {
    "look": "Tokens, status, buttons",
    "lists": "Cards, lists, details",
    "pictures": "Pictures",
    "forms": "Forms and feedback",
}
AREAS = {"seller": "Seller Center", "portal": "Partner portal", "public": "Public pages"}
SURFACES = ["canvas", "surface", "surface-2", "surface-3", "line", "line-2", "line-control", "text", "text-2"]
FILLS = [
    *("brand", "accent", "accent-fill", "accent-fill-2", "accent-soft", "accent-line", "success-fill", "danger-fill"),
    *("danger-fill-2", "alert", "fill-quiet", "grey-fill", "on-fill", "paper", "backdrop", "demo", "on-demo"),
]
BARS = ["bar", "bar-2", "bar-glow", "bar-ink", "bar-wash", "bar-line", "bar-line-2", "on-bar", "on-bar-2"]
SOFT = [f"{tone}{soft}" for tone in TONES for soft in ("", "-soft")]
SCALES = [
    ("type", "type", ["xs", "sm", "md", "lg", "xl", "2xl"], "Type"),
    ("space", "space space", range(1, 10), ""),
    ("radius", "sample-box radius", ["sm", "md", "lg", "full"], ""),
    ("shadow", "sample-box shadow", ["1", "2", "3", "in"], ""),
]
BASES = {"public": "public_base.html"}
COUNTS = {"received": 40, "answered": 31, "accepted": 18, "connected": 9, "waiting": 4}
COUNTS |= {"under_4_hours": 8, "under_a_day": 14, "under_3_days": 6, "longer": 3}
ACTIONS = [
    {"label": "Edit Request", "url": "#headers", "style": "primary", "icon": "pencil-square"},
    {"label": "Close request", "url": "#headers", "style": "danger-quiet"},
]
TABS = [
    {"label": "All", "url": "#lists", "count": "99+", "active": True},
    {"label": "Partner reviewing", "url": "#lists", "count": 12},
    {"label": "Connected", "url": "#lists", "count": 4},
    {"label": "Closed", "url": "#lists", "count": 0},
]
FACTS = [
    {"label": "Company size", "value": "11-50"},
    {"label": "Budget", "value": "£4,500", "help": "a month"},
    {"label": "Sales GMV from other channels", "value": ""},
    {"label": "Product category", "value": "Beauty & Personal Care"},
]
NAMES = ["Northlight Commerce", "Harbour & Pine", "Kiko Live", "Ostra Media", "Volta", "Ünal Partners"]
ENDS = [
    "Northlight Commerce, Partner accepted: it can no longer view your contact details.",
    "Harbour & Pine, Partner reviewing: it is told that the request is closed.",
]
TOLD = ["Northlight Commerce and Harbour & Pine are told.", "Nobody is asked in their place."]
WEEKS = (
    ("9 Nov", {"received": 3, "answered": 3, "unanswered": 0}),
    ("16 Nov", {"received": 6, "answered": 4, "unanswered": 1}),
    ("23 Nov", {"received": 2, "answered": 0, "unanswered": 0}),
)
KEEPS = ["The request and its timeline stay in My Requests.", "You can start again with the same details."]
ROWS = (  # name, reference, status, whose turn, who, hours ago, budget
    ("Beauty & Personal Care", "SPR-7KQ2MZ9XWA", "accepted", "you", "", 3, 4500),
    ("Food & Beverages", "SPR-H4T8RN2CVE", "reviewing", "other", "Northlight Commerce", 26, 1250),
    ("Home Supplies", "SPR-P9D3FJ6YBU", "decision", "you", "", 90, 800),
    ("Toys & Hobbies", "SPR-X2W5GK8LSA", "closed", "none", "", 400, "2350.50"),
)
EVENTS = (  # hours ago, and the line
    (0, {"title": "Northlight Commerce accepted", "by": "Maya Okafor", "icon": "hand-thumb-up", "tone": "blue"}),
    (
        2,
        {
            "title": "Northlight Commerce opened the contact details",
            "by": "Maya Okafor",
            "icon": "eye",
            "tone": "violet",
        },
    ),
    (
        24,
        {
            "title": "Harbour & Pine rejected",
            "by": "Tomás Reyes",
            "icon": "x-mark",
            "tone": "red",
            "detail": "Budget too low",
        },
    ),
    (48, {"title": "Request submitted", "by": "You", "icon": "paper-airplane"}),
)
FILLED_BADLY = {"subject": "", "email": "lena@", "size": "", "details": "Two launches in spring", "kind": ""}
HOURS_AWAY = (-4 / 60, -48, -960, 72)


class SampleForm(forms.Form):
    subject = forms.CharField(label="Subject", help_text="Your contact name")
    email = forms.EmailField(label="Contact email", help_text="Partners you share the request with reach you there.")
    size = forms.ChoiceField(
        label="Company size", choices=[("", "Choose a size"), ("1-10", "1-10"), ("11-50", "11-50")]
    )
    details = forms.CharField(label="Other details", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    kind = forms.ChoiceField(
        label="Request type",
        widget=forms.RadioSelect,
        choices=[("pick", "Choose partners myself"), ("refer", "Let the platform refer partners")],
    )
    hide = forms.BooleanField(label="Hide my contact details until a partner accepts", required=False)


@login_not_required
@require_safe
def styleguide(request):
    now = clock.now()
    part = _one_of(PARTS, request.GET.get("part"))
    area = _one_of(AREAS, request.GET.get("area"))
    context = {
        "part": f"styleguide/{part}.html",
        "area": area,
        "parts": [_tab(label, name == part, part=name, area=area) for name, label in PARTS.items()],
        "areas": [_tab(label, name == area, part=part, area=name) for name, label in AREAS.items()],
        "tones": TONES,
        "share_codes": ShareStatus.values,
        "headlines": Headline.values,
        "request_codes": RequestStatus.values,
        "partner_codes": [*PartnerStatus.values, *Availability.values],
        "colours": [SURFACES, FILLS, BARS, SOFT],
        "scales": SCALES,
        "base": BASES.get(area, "frame_base.html"),
        "funnel": figures.funnel_of(COUNTS),
        "times": figures.times_of(COUNTS),
        "weeks": figures.weekly([{"label": label, **row} for label, row in WEEKS]),
        "told": TOLD,
        "actions": ACTIONS,
        "tabs": TABS,
        "rows": [_row(now, *row) for row in ROWS],
        "facts": FACTS,
        "events": [line | {"at": now - timedelta(hours=hours)} for hours, line in EVENTS],
        "names": NAMES,
        "ends": ENDS,
        "keeps": KEEPS,
        "other_form": SampleForm(prefix="untouched"),
        "bad_form": SampleForm(FILLED_BADLY),
        "now": now,
        "moments": [now + timedelta(hours=hours) for hours in HOURS_AWAY],
    }
    return render(request, "styleguide.html", context)


def _row(now, name, reference, code, turn, who, hours, budget):
    return {
        "name": name,
        "reference": reference,
        "code": code,
        "turn": turn,
        "who": who,
        "at": now - timedelta(hours=hours),
        "until": now + timedelta(days=5),
        "budget": budget,
    }


def _one_of(known, asked):
    return asked if asked in known else next(iter(known))


def _tab(label, active, **query):
    return {"label": label, "url": f"?{urlencode(query)}", "active": active}
