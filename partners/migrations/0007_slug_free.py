from django.db import migrations, models


def give_way(apps, schema_editor):
    """A partner of an earlier version that stands where the comparison does now gets the next free slug."""
    partners = apps.get_model("partners", "Partner").objects
    for partner in partners.filter(slug="compare"):
        taken = set(partners.filter(slug__startswith="compare-").values_list("slug", flat=True))
        partner.slug = next(slug for n in range(2, len(taken) + 3) if (slug := f"compare-{n}") not in taken)
        partner.save(update_fields=["slug"])


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0006_fill_offers'),
    ]

    operations = [
        migrations.RunPython(give_way, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='partner',
            constraint=models.CheckConstraint(condition=models.Q(('slug__in', ('compare',)), _negated=True), name='partner_slug_free'),
        ),
    ]
