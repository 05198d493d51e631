import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_OTHER_LETTERS = 3  # beside the site's words: with so few a password is still refused


class SiteWordsValidator:
    """Refuses passwords made of the words that name this site, with numbers and signs: they are guessed first."""

    def validate(self, password, user=None):
        names = [settings.PLATFORM_NAME, settings.MFA_TOTP_ISSUER, "partners sellers shops passwords"]
        words = set(re.findall(r"\w+", " ".join(names).lower()))
        words |= {word.removesuffix("s") for word in words}
        rest = re.sub("|".join(sorted(words, key=len, reverse=True)), "", password.lower())
        if rest != password.lower() and len(re.findall(r"[^\W\d_]", rest)) <= MOST_OTHER_LETTERS:
            raise ValidationError(self.get_help_text(), code="password_of_site_words")

    def get_help_text(self):
        return _("Your password can’t be made of the words that name this site.")
