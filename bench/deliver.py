"""Sends what waits in the outbox to the server that MAIL_URL names, and says how many mails a second that were.

python -m bench.deliver
"""

import json
import time

import django


def main():
    django.setup()
    from accounts import clock, outbox
    from accounts.models import Notification

    waiting = Notification.objects.filter(next_mail_at__isnull=False).select_related("user")
    outbox.mail_of([waiting.order_by("next_mail_at", "pk")[0]])  # a worker has long read its templates
    at, began = clock.now(), time.monotonic()
    outbox.deliver.call()
    seconds = time.monotonic() - began
    people = Notification.objects.filter(mailed_at__gte=at).values("user").distinct().count()  # a mail each
    print(json.dumps({"a second": people / seconds, "seconds": seconds}))


if __name__ == "__main__":
    main()
