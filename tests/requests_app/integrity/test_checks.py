from requests_app.integrity.checks import events_have_a_key_of_their_own


def test_key_that_is_the_secret_key_is_warned_of(settings):
    settings.AUDIT_KEY = settings.SECRET_KEY

    assert [warning.id for warning in events_have_a_key_of_their_own(None)] == ["requests_app.W001"]


def test_key_of_its_own_is_well(settings):
    settings.AUDIT_KEY = "another"

    assert events_have_a_key_of_their_own(None) == []
