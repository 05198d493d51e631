"""The token of an invitation's link: 128 bits made of a random nonce and the site's secret, never stored.

The row holds a digest of it: a copy of the database opens no invitation. A mail that is tried again has the same link.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode

from django.utils.crypto import salted_hmac

SALT = "requests_app.teams.invitation"
BYTES = 16


def fresh(invitation):
    """Give the invitation a new token, which ends the one before; the caller saves it."""
    invitation.nonce = secrets.token_hex(BYTES)
    invitation.token_hash = digest(token_of(invitation))


def token_of(invitation):
    """Return the token of the link that holds now, for its mail."""
    whole = salted_hmac(SALT, invitation.nonce, algorithm="sha256").digest()
    return urlsafe_b64encode(whole[:BYTES]).decode().rstrip("=")


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()
