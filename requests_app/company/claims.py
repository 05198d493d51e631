"""What a company's provider says of a person, whatever protocol it speaks."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.fields import OneLineField, clean_address
from accounts.models import User

LONGEST_NAME = User._meta.get_field("name").max_length
LONGEST_UID = 191  # of allauth's column


@dataclass(frozen=True)
class Claims:
    uid: str  # the provider's own key of the person, the same each time; "" where it gives none that we can keep
    email: str  # "" where it gives none that is one
    email_verified: bool
    name: str = ""
    issuer: str = ""  # of the provider that said it
    hosted_domain: str = ""  # Google's: the domain of the organisation that the account belongs to
    nonce: str = ""  # of OpenID Connect: what the sign-in began with


def address_of(text):
    """Return an address as we keep it; "" for what is none."""
    try:
        address = clean_address(str(text or "").strip())
        validate_email(address)
    except ValidationError:
        return ""
    return address


def name_of(*parts):
    """Return a name of one line from its parts, as far as it fits."""
    try:
        return OneLineField(required=False).clean(" ".join(str(part) for part in parts if part))[:LONGEST_NAME]
    except ValidationError:
        return ""


def uid_of(text):
    """Return the provider's key of a person; "" for one that is empty or too long to be told from another."""
    uid = str(text or "")
    return uid if len(uid) <= LONGEST_UID else ""
