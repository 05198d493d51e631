"""What is mailed in tests; mail backends for workers that tests start as processes of their own."""

import time
from pathlib import Path

from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from accounts import outbox


def mails_sent():
    """Send what waits in the outbox; give all mails that were sent in the test."""
    outbox.deliver.call()
    return mail.outbox


class Folder(BaseEmailBackend):
    """Writes each mail's receiver to a file of its own; with the `hang_at`th mail handed over, it hangs."""

    def __init__(self, *args, folder, hang_at, **kwargs):
        super().__init__(*args, **kwargs)
        self.folder, self.hang_at = Path(folder), hang_at

    def send_messages(self, messages):
        for message in messages:
            number = len(list(self.folder.iterdir())) + 1
            (self.folder / f"{number:03}").write_text(message.to[0])
            if number == self.hang_at:
                time.sleep(60)
        return len(messages)


class Slow(BaseEmailBackend):
    """Takes its time for each mail, then adds its receiver to a file."""

    def __init__(self, *args, path, seconds, **kwargs):
        super().__init__(*args, **kwargs)
        self.path, self.seconds = path, seconds

    def send_messages(self, messages):
        for message in messages:
            time.sleep(self.seconds)
            with open(self.path, "a") as file:
                file.write(f"{message.to[0]}\n")
        return len(messages)
