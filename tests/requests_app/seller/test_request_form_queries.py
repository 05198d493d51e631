"""What submitting a request costs on each database."""

from tests.queries import FRAME, counted
from tests.requests_app.seller.request_form import NEW


def test_submit_takes_the_measured_number_of_queries(seller_client, chosen):
    with counted() as queries:
        seller_client.post(NEW, chosen)

    # the frame but for what is unread; category, what is alike; the service
    assert len(queries) == FRAME - 1 + 2 + 14
