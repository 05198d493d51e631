from tests.test_access import payloads, people, urls  # noqa: F401  the one world of every URL
