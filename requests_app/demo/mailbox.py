"""The mails that a demo site "sent": its mail backend writes them to a folder, and they are read from there."""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy

from django.conf import settings

BETWEEN = b"\n" + b"-" * 79 + b"\n"  # what the backend writes after each mail of a file
KEY = re.compile(r"(\d{8}-\d{6}-\d+)\.(\d+)", re.ASCII)
STYLE_SHEET = re.compile(r"<style>(.*?)</style>", re.DOTALL)
MOST_FILES = 100


@dataclass(frozen=True)
class Mail:
    key: str
    to: str
    subject: str
    at: datetime
    text: str
    html: str  # empty where the mail has no such part


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


def policy_for(html):
    """Return the Content-Security-Policy under which a mail is shown in a frame of ours: its own style sheets, no more.

    Nothing is loaded, no script runs, no form is sent, and it can reach nothing of the site.
    """
    digests = (hashlib.sha256(sheet.encode()).digest() for sheet in STYLE_SHEET.findall(html))
    sheets = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests) or "'none'"
    return f"default-src 'none'; style-src {sheets}; frame-ancestors 'self'; sandbox"


def _mails_in(file):
    return [_read(f"{file.stem}.{number}", raw) for number, raw in enumerate(file.read_bytes().split(BETWEEN)[:-1])]


def _read(key, raw):
    message = message_from_bytes(raw, policy=policy.default)
    text, html = (_part(message, kind) for kind in ("plain", "html"))
    return Mail(key, str(message["to"]), str(message["subject"]), message["date"].datetime, text, html)


def _part(message, kind):
    part = message.get_body((kind,))
    return part.get_content() if part else ""
