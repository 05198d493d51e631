"""What a SAML provider posted, kept for the moment until the browser comes back with its session."""

from secrets import token_urlsafe

from django.core.cache import cache

HOLDS = 120  # seconds


def kept(provider_id, request_id, claims):
    """Keep what an answer said, which was checked; return the ticket that takes it up once."""
    ticket = token_urlsafe()
    cache.set(_key(ticket), (provider_id, request_id, claims), HOLDS)
    return ticket


def taken_up(ticket, provider_id):
    """Return (the id of our request, Claims) of a ticket of this provider, once; None for any other."""
    found = cache.get(_key(ticket))
    cache.delete(_key(ticket))
    return found[1:] if found and found[0] == provider_id else None


def _key(ticket):
    return f"company:ticket:{ticket}"
