from django.db import migrations, transaction
from django.db.models import Count

from accounts.names import refill

BATCH = 500


def fill(apps, schema_editor):
    """The names that staff changed in the admin before, and which of them each ended share bears.

    The history of shops has them. Only shops that were renamed are touched; each batch is a transaction, and may run
    twice.
    """
    shops, names = apps.get_model("requests_app", "Shop"), apps.get_model("requests_app", "FormerName")
    records = apps.get_model("requests_app", "HistoricalShop").objects
    renamed = records.order_by().values("id").annotate(names=Count("name", distinct=True)).filter(names__gt=1)
    for shop_id in renamed.values_list("id", flat=True):
        shop = shops.objects.filter(pk=shop_id, name_number=0).first()
        if shop is None:
            continue
        former = former_of(records.filter(id=shop_id).order_by("history_date", "history_id"), shop.name)
        with transaction.atomic():
            shops.objects.select_for_update(no_key=True).get(pk=shop_id)
            names.objects.bulk_create(
                [names(shop_id=shop_id, number=number, name=name, until=until)
                 for number, (name, until) in enumerate(former)],
                ignore_conflicts=True,
            )
        fill_shares(apps, shop_id, [until for _name, until in former])
        shops.objects.filter(pk=shop_id).update(name_number=len(former))
    refill(names)


def former_of(history, now):
    """Return the names before the present one in their order, each with its end."""
    called = []
    for name, since in history.values_list("name", "history_date"):
        if not called or called[-1][0] != name:
            called.append((name, since))
    if not called or called[-1][0] != now:  # what changed past the history leaves no date
        return []
    return [(name, following[1]) for (name, _since), following in zip(called, called[1:], strict=False)]


def fill_shares(apps, shop_id, ends):
    """Set of the shop's ended shares the number of the name that they ended under, where that is not the first."""
    shares = apps.get_model("requests_app", "Share").objects.filter(request__shop=shop_id, ended_at__isnull=False)
    for number, since in enumerate(ends, start=1):
        until = ends[number] if number < len(ends) else None
        rows = shares.filter(ended_at__gte=since)
        rows = rows.filter(ended_at__lt=until) if until else rows
        after = 0
        while ids := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
            shares.filter(pk__in=ids).update(shop_name_number=number)
            after = ids[-1]


class Migration(migrations.Migration):
    atomic = False  # each batch is a transaction

    dependencies = [
        ('requests_app', '0040_fill_markets'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
