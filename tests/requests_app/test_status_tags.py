"""How a status is drawn: its look stands in the workflow, the tags put it into the pill and the bar of stages."""

import pytest
from django.template import engines

from partners import workflow as partner_workflow
from partners.workflow import Availability, PartnerStatus
from requests_app import workflow
from requests_app.workflow import Headline, RequestStatus, ShareStatus
from tests.markup import squeezed

pytestmark = pytest.mark.once

TONES = {"grey", "blue", "green", "amber", "red", "violet", "orange"}


def drawn(source, **context):
    html = engines["django"].from_string("{% load status partner_status ui %}" + source).render(context)
    return squeezed(html)


def test_every_status_has_a_look():
    assert {*ShareStatus.values, *Headline.values, *RequestStatus.values} == set(workflow.LOOKS)
    assert {*PartnerStatus.values, *Availability.values} == set(partner_workflow.LOOKS)


@pytest.mark.parametrize("look", [*workflow.LOOKS.values(), *partner_workflow.LOOKS.values()], ids=str)
def test_look_has_a_tone_and_an_icon_that_exist(look):
    assert look.tone in TONES
    assert "<svg" in drawn('{% icon name "micro" %}', name=look.icon)


def test_every_status_of_a_share_says_what_it_means_to_each_reader():
    looks = [workflow.LOOKS[status] for status in ShareStatus]

    assert all(look.for_seller and look.for_partner for look in looks)
    assert all(workflow.LOOKS[headline].for_seller for headline in Headline)


def test_every_status_has_a_stage():
    assert set(workflow.STAGES_FOR_SELLER) == set(Headline)
    assert set(workflow.STAGES_FOR_PARTNER) == set(ShareStatus)


CONNECTED = (
    'Connected</span><span class="pill-text">You\'ve granted authorisation and are connected with the partner</span>'
)
CLOSED_WITH_IT = 'Closed</span><span class="pill-text">The request has been closed</span>'
CLOSED_ALONE = 'Closed</span><span class="pill-text">Closed for this partner</span>'
REJECTED = 'Rejected</span><span class="pill-text">You have rejected the request</span>'


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ('status "connected"', "Connected</span>"),
        ('status "connected" described="seller"', CONNECTED),
        (
            'status "connected" described="partner"',
            'Connected</span><span class="pill-text">The seller has granted you authorisation</span>',
        ),
        ('status "closed" described="seller"', CLOSED_WITH_IT),
        ('status "closed" described="partner"', CLOSED_WITH_IT),
        ('status "closed" described="seller" alone=True', CLOSED_ALONE),
        ('status "closed" described="partner" alone=True', CLOSED_ALONE),
        ('status "closed" alone=True', "Closed</span>"),
        ('status "rejected" described="partner" alone=True', REJECTED),
        ('status "open" described="seller"', "Open</span>"),
        ('partner_status "applied"', "Waiting for approval</span>"),
        ('partner_status "booked"', "Fully booked</span>"),
    ],
)
def test_tag_draws_the_pill(tag, words):
    html = drawn(f"{{% {tag} %}}")

    assert html.startswith('<span class="pill pill-')
    assert html.partition("</svg>")[2] == words


def test_unknown_code_is_drawn_as_it_stands():
    assert drawn("{% status code %}", code="<b>") == '<span class="pill pill-grey"><b></span>'


def test_pill_of_a_whole_page_takes_its_icon_from_the_sheet():
    html = drawn('{% with_icon_sheet %}{% status "closed" %}<hr>{% icon_sheet %}')

    assert html.partition("<hr>")[0].count('<use href="#icon-micro-archive-box"/>') == 1
    assert html.count("<symbol") == 1


@pytest.mark.parametrize(
    ("tag", "reached", "said", "first"),
    [
        ('stages "reviewing"', 2, "Stage 2 of 4: with partners", "Submitted"),
        ('stages "reviewing" reader="partner"', 2, "Stage 2 of 4: waiting for your answer", "Received"),
        ('stages "rejected"', 1, "Stage 1 of 4: submitted, every partner rejected", "Submitted"),
        ('stages "rejected" reader="partner"', 0, "Ended", "Received"),
        ('stages "connected"', 4, "Stage 4 of 4: connected", "Submitted"),
    ],
)
def test_tag_draws_how_far_it_has_come(tag, reached, said, first):
    html = drawn(f"{{% {tag} %}}")

    assert f'data-reached="{reached}" role="img" aria-label="{said}"' in html
    assert f'<span class="stage">{first}</span>' in html


@pytest.mark.parametrize(("code", "reached", "words"), [("accepted", 3, "3 of 4"), ("closed", 0, "Ended")])
def test_small_bar_has_no_names_but_its_number(code, reached, words):
    html = drawn("{% stages code small=True %}", code=code)

    assert f'data-reached="{reached}"' in html
    assert html.count('<span class="stages-bar"></span>') == 1
    assert 'class="stage"' not in html
    assert f'<span class="stages-said">{words}</span>' in html
