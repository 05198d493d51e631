"""The mails that a demo site "sent": its mail backend writes them to a folder, and they are read from there."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy

from django.conf import settings

BETWEEN = b"\n" + b"-" * 79 + b"\n"  # what the backend writes after each mail of a file
KEY = re.compile(r"(\d{8}-\d{6}-\d+)\.(\d+)", re.ASCII)
MOST_FILES = 100


@dataclass(frozen=True)
class Mail:
    key: str
    to: str
    subject: str
    at: datetime
    text: str


def newest_mails():
    """Those of the newest MOST_FILES files, newest first."""
    files = sorted(settings.DEMO_MAIL_DIR.glob("*.log"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [mail for file in files[:MOST_FILES] for mail in reversed(_mails_in(file))]


def find_mail(key):
    """The mail of this key, or None; the key is checked before it becomes a path."""
    parts = KEY.fullmatch(key)
    file = parts and settings.DEMO_MAIL_DIR / f"{parts[1]}.log"
    if not file or not file.is_file():
        return None
    return next((mail for mail in _mails_in(file) if mail.key == key), None)


def _mails_in(file):
    return [_read(f"{file.stem}.{number}", raw) for number, raw in enumerate(file.read_bytes().split(BETWEEN)[:-1])]


def _read(key, raw):
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    return Mail(key, str(message["to"]), str(message["subject"]), message["date"].datetime, text)
