import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.letters import fold, joins_words, rests_of, words_in

MOST_OTHER_LETTERS = 3  # beside the words: with so few a password is still refused
SHORTEST_WORD = 3  # of a name; shorter ones stand in too many words
SHORTEST_JOINED = 2  # the same in a script without spaces, where two letters are a name


class SiteWordsValidator:
    """Refuses passwords made of the words that name this site, with numbers and signs: they are guessed first."""

    def validate(self, password, user=None):
        words = _words([settings.PLATFORM_NAME, settings.MFA_TOTP_ISSUER, "partners sellers shops passwords"])
        if _is_made_of(password, words | {word.removesuffix("s") for word in words}):
            raise ValidationError(self.get_help_text(), code="password_of_site_words")

    def get_help_text(self):
        return _("Your password can’t be made of the words that name this site.")


class OwnWordsValidator:
    """Refuses passwords made of a person's own names: theirs, their address, those of their shops and partners."""

    def validate(self, password, user=None):
        if user is not None:
            around = import_string(settings.NAMES_AROUND_PERSON)(user)
            self.validate_names(password, [user.email, user.name, *around])

    def validate_names(self, password, names):
        """Raise ValidationError if the password is made of these names; a sign-up has them before there is a user."""
        if _is_made_of(password, {word for word in _words(names) if _says_who(word)}):
            raise ValidationError(self.get_help_text(), code="password_of_own_words")

    def get_help_text(self):
        return _("Your password can’t be made of your name, your email address or the name of your shop or agency.")


def _words(names):
    """Return the words of the names, folded; in a script without spaces also what follows each letter: a given name."""
    return {part for word in words_in(" ".join(names)) for part in (word, *rests_of(word))}


def _says_who(word):
    return len(word) >= (SHORTEST_JOINED if joins_words(word) else SHORTEST_WORD)


def _is_made_of(password, words):
    """Return whether the password holds a word, and hardly a letter beside the words."""
    if not words:
        return False
    whole = fold(password)
    rest = re.sub("|".join(map(re.escape, sorted(words, key=len, reverse=True))), "", whole)
    return rest != whole and len(re.findall(r"[^\W\d_]", rest)) <= MOST_OTHER_LETTERS
