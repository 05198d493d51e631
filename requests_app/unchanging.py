"""Rows that are written once, lines of a history. The database refuses changes too (integrity.append_only)."""

from django.db import models


class UnchangingQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise TypeError("An event is never changed.")

    def delete(self):
        raise TypeError("An event is never removed.")


class Unchanging(models.Model):
    """A row that is neither changed nor removed."""

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("An event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("An event is never removed.")
