"""Where the killed processes' mails go: a line a mail in one file, which no kill can take back."""

import os
from collections import Counter
from pathlib import Path

from django.core.mail.backends.base import BaseEmailBackend

from tests.faults.steps import steps


class Box(BaseEmailBackend):
    def __init__(self, *args, path, **kwargs):
        super().__init__(*args, **kwargs)
        self.path = path

    def send_messages(self, messages):
        for message in messages:
            steps.reach("before the mail is handed over")
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            os.write(file, f"{message.extra_headers['Message-ID']} {message.to[0]}\n".encode())
            os.close(file)
            steps.reach("after the mail is handed over")
        return len(messages)


def handed_over(path):
    """How often each mail was handed over, by its Message-ID and receiver."""
    return Counter(Path(path).read_text().splitlines() if Path(path).exists() else ())
