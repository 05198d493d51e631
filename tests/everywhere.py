"""Where a text stands in the database, whatever the table."""

from django.apps import apps


def in_database(*texts, apart_from=()):
    """The tables and columns in which one of these texts stands, whatever the model; apart from these models."""
    found = set()
    for model in set(apps.get_models()) - set(apart_from):
        for row in model._base_manager.values().iterator():
            found |= {
                (model._meta.db_table, name, text)
                for name, value in row.items()
                for text in texts
                if text.lower() in str(value).lower()
            }
    return found
