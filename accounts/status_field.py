"""The field of a status, which transitions alone set (django-fsm)."""

from django_fsm import FSMField


class StatusField(FSMField):
    """In migrations it is a plain CharField.

    django-fsm's field connects a signal handler for each model that a migration builds, and every model that is built
    later calls all of them. That took a quarter of the time of migrating an empty database.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs | {"protected": True, "editable": False})

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("protected", None)
        return name, "django.db.models.CharField", args, kwargs
