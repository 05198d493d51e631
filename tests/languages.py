"""The texts of the code and what the catalogues say for them."""

import re
from functools import cache

from django.conf import settings
from django.utils.translation import to_locale

from scripts import messages

ROOT = settings.BASE_DIR
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
HOLES = re.compile(r"%\(\w+\)[sdr]|%[sd%]|\{\w*\}|\b(?:COUNT|MOST|NAME)\b")  # the words are filled in by scripts
MARKUP = re.compile(r"</?[a-z][^>]*>")


@cache
def catalogue_of(language):
    return messages.read(path_of(language))


def path_of(language):
    return ROOT / "locale" / to_locale(language) / "LC_MESSAGES" / "django.po"


@cache
def texts_of_the_code():
    return {(message.context, message.id) for message in messages.texts() if message.id}


def translated(language):
    """Give (message, form) for each form of each text."""
    for message in catalogue_of(language):
        if message.id:
            yield from ((message, form) for form in messages.forms(message))
