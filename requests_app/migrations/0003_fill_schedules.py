from datetime import timedelta

from django.db import migrations

from accounts import clock

DAY = timedelta(days=1)


def fill(apps, schema_editor):
    """What falls due when for the shares and requests there are; what should have been said before now is not."""
    now = clock.now()
    granted = {
        authorisation.share_id: authorisation
        for authorisation in apps.get_model("requests_app", "Authorisation").objects.filter(ended_at=None)
    }
    shares = apps.get_model("requests_app", "Share").objects.filter(status__in=["reviewing", "accepted", "connected"])
    for share in shares.order_by("pk").iterator(chunk_size=500):
        if share.status == "reviewing":
            steps = [share.shared_at + DAY, share.shared_at + 3 * DAY, share.respond_by]
        elif share.status == "accepted":
            share.waiting_since = share.waiting_since or share.accepted_at
            steps = [share.waiting_since + days * DAY for days in (14, 30, 50, 60)]
        else:
            days, until = granted[share.pk].days, granted[share.pk].ends_at
            share.authorised_days, share.authorised_until = days, until
            steps = [until - before * DAY for before in (30, 7, 1) if before < days] + [until]
        begin(share, steps, now)
        share.save()
    idle = apps.get_model("requests_app", "PartnerRequest").objects.filter(status="open").exclude(pk__in=live(shares))
    for request in idle.order_by("pk").iterator(chunk_size=500):
        request.idle_since = request.seller_acted_at
        begin(request, [request.idle_since + days * DAY for days in (30, 50, 60)], now)
        request.next_try_at = now if request.seeking and request.unmatched_since else None
        request.save()


def live(shares):
    return shares.order_by().values("request")


def begin(row, steps, now):
    row.steps_done = sum(at <= now for at in steps[:-1])
    row.next_step_at = steps[row.steps_done]


class Migration(migrations.Migration):

    dependencies = [
        ('requests_app', '0002_schedules'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
