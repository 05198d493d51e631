import pytest

from tests.factories import fill_vocabularies


@pytest.fixture
def vocabularies(db):
    """All markets and categories, as the forms offer them."""
    fill_vocabularies()
