"""The field of a status, which transitions alone set (django-fsm)."""

from django_fsm import FSMField


class StatusField(FSMField):
    """To migrations it is the text that its column holds.

    django-fsm has each model that a migration draws up listen to all that come after it. That took a quarter of the
    time of migrating an empty database.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs | {"protected": True, "editable": False})

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        del kwargs["protected"]
        return name, "django.db.models.CharField", args, kwargs
