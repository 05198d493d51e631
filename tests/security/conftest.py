from tests.test_access import payloads, people, urls, urls_of_the_cast  # noqa: F401  the one world of every URL
