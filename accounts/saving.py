"""Columns of rows that are locked already: only what changed is saved, of all rows in one statement where that goes."""

from django.db.models import F


def columns_of(row):
    """Return what the row holds as {column: value}, to be passed to `save_changes` later."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def save_changes(rows, before, *, counters=()):
    """Save what these rows, all of one model, hold otherwise than `before` ({key: columns_of}); no signals, no history.

    Rows that changed alike take one plain UPDATE. The columns in `counters` changed alike where they rose by the same,
    whatever they were; all others where they have the same new value. Rows that did not change alike take Django's bulk
    update, which is several times as long in the making.
    """
    changed = {row: names for row in rows if (names := _changed(row, before[row.pk]))}
    if not changed:
        return
    if len(changed) == 1:
        counters = ()
    names = sorted(set().union(*changed.values()))
    table = next(iter(changed))._meta.model.objects
    first, *others = ([_as_saved(row, name, before[row.pk], counters) for name in names] for row in changed)
    if any(other != first for other in others):
        table.bulk_update(changed, names)
        return
    values = {name: F(name) + value if counted else value for name, (counted, value) in zip(names, first, strict=True)}
    table.filter(pk__in=[row.pk for row in changed]).update(**values)


def _changed(row, before):
    return {name for name, value in before.items() if getattr(row, name) != value}


def _as_saved(row, name, before, counters):
    """Return whether the column is counted up, and by how much or which value it takes."""
    counted = name in counters
    return counted, getattr(row, name) - before[name] if counted else getattr(row, name)
