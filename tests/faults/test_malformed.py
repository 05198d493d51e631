"""A few hundred of the requests that `make faults` draws from hundreds of thousands, the same each time."""

import random

import pytest

from tests.faults import malformed


@pytest.mark.django_db
@pytest.mark.parametrize(("make", "most"), [(malformed.questions, 300), (malformed.garbled, 150)])
def test_malformed_requests_are_answered_with_a_page_that_is_no_error_of_ours(make, most):
    site = malformed.Site()
    asked = random.Random(1).sample(list(make(site)), most)

    assert list(malformed.faults(site, asked)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [kind for kind, _body in malformed.BODIES if "charset" in kind])
def test_form_in_another_charset_is_refused_with_a_page_though_its_token_is_right(kind):
    site = malformed.Site()

    for role in ("anonymous", "seller", "staff"):
        for url in ("/language/", "/requests/new/?a=1", "/admin/", "/nothing/", "/static/none.css"):
            response = site.ask(role, "POST", url, b"language=de", kind, token=True)
            assert response.status_code == 400, url
            assert malformed.fault_of(response) == ""
            assert "We could not read this request" in response.text
