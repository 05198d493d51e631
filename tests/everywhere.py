"""Where a text stands in the database, whatever the table."""

from django.apps import apps


def in_database(*texts):
    """The tables and columns in which one of these texts stands, whatever the model."""
    found = set()
    for model in apps.get_models():
        for row in model._base_manager.values().iterator():
            found |= {
                (model._meta.db_table, name, text)
                for name, value in row.items()
                for text in texts
                if text.lower() in str(value).lower()
            }
    return found
