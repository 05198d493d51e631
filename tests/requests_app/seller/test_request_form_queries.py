"""What submitting a request costs on each database."""

from tests.queries import counted
from tests.requests_app.seller.request_form import FRAME, NEW


def test_submit_takes_the_measured_number_of_queries(seller_client, chosen):
    with counted() as queries:
        seller_client.post(NEW, chosen)

    # no partners of the reader, no unread; category, what is alike; the service
    assert len(queries) == FRAME - 2 + 2 + 14
