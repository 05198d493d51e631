from django.db import migrations, transaction
from django.db.models import Count, Q
from django.utils import timezone

BATCH = 500
SPAM = "spam"


def recount(apps, schema_editor):
    """Rejections as spam made before this release were counted as answers. Each partner is a transaction.

    May run twice. `manage.py refill_lists` brings what matching reads of the response rates in line.
    """
    partners, events = apps.get_model("partners", "Partner").objects, apps.get_model("requests_app", "Event").objects
    shares = apps.get_model("requests_app", "Share").objects
    answered = Q(kind="accepted") | Q(kind="rejected") & ~Q(data__reason=SPAM)
    after = 0
    while ids := _next(shares.filter(reject_reason=SPAM, partner__gt=after).values_list("partner", flat=True)):
        for pk in ids:
            with transaction.atomic():
                partners.select_for_update().get(pk=pk)  # the events of answers are written under this lock
                partners.filter(pk=pk).update(shares_answered=events.filter(answered, share__partner=pk).count())
        after = ids[-1]


def begin_anew(apps, schema_editor):
    """Verdicts that were given before count to no hold: those of open requests count from now on."""
    requests = apps.get_model("requests_app", "PartnerRequest").objects
    verdicts = Count("shares", filter=Q(shares__reject_reason=SPAM))
    old = requests.filter(status="open", hold="", screened_at=None).annotate(verdicts=verdicts).filter(verdicts__gte=2)
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        requests.filter(pk__in=ids, hold="").update(screened_at=timezone.now())


def _next(keys):
    return list(keys.order_by("partner").distinct()[:BATCH])


class Migration(migrations.Migration):
    atomic = False  # each partner, and each batch of requests, is a transaction

    dependencies = [
        ('requests_app', '0036_picks_of_closed_checked'),
        ('partners', '0026_fill_own_words'),
    ]

    operations = [
        migrations.RunPython(recount, migrations.RunPython.noop),
        migrations.RunPython(begin_anew, migrations.RunPython.noop),
    ]
