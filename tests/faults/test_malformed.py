"""Some of the requests that `make faults` draws from hundreds of thousands, the same each time."""

import random

import pytest

from tests.access import POST_TABLE
from tests.faults import malformed

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once_on_postgresql,
    pytest.mark.usefixtures("many_with_one_partner"),
]


@pytest.mark.parametrize(("make", "urls", "most"), [(malformed.questions, 60, 60), (malformed.garbled, None, 40)])
def test_malformed_requests_are_answered_with_a_page_that_is_no_error_of_ours(make, urls, most):
    site, chance = malformed.Site(), random.Random(1)
    names = sorted(POST_TABLE if urls is None else site.urls)  # forms are where something is posted
    site.urls = {name: site.urls[name] for name in chance.sample(names, urls or len(names))}
    asked = chance.sample(list(make(site)), most)

    assert list(malformed.faults(site, asked)) == []


def test_form_in_another_charset_is_refused_with_a_page_though_its_token_is_right():
    site, chance = malformed.Site(), random.Random(1)
    kinds = [kind for kind, _body in malformed.BODIES if "charset" in kind]
    urls = ("/language/", "/requests/new/?a=1", "/admin/", "/nothing/", "/static/none.css")
    roles = ("anonymous", "seller", "staff")

    for kind in kinds:
        role, url = chance.choice(roles), chance.choice(urls)
        response = site.ask(role, "POST", url, b"language=de", kind, token=True)
        assert response.status_code == 400, (url, kind)
        assert malformed.fault_of(response) == ""
        assert "We could not read this request" in response.text
    assert len(kinds) > 30
