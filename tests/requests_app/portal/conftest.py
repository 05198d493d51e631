import pytest

from tests.cast import login
from tests.factories import make_request
from tests.standing import standing


@standing
def hidden_share(shop, partner):
    return make_request(shop, picks=[partner], hide_contact=True).shares.get()


@pytest.fixture
def page(client, reviewer):
    """Give the page of a share as the reviewer reads it."""
    login(client, reviewer)
    return lambda share: client.get(share.get_absolute_url()).content.decode()
