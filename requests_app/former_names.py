"""The names that shops had before: what a partner keeps of a share that ended bears the one it knew.

A name has a number, 0 for a shop's first. A share keeps the number that was current when it ended, so that a rename
changes no row of it, and words of former names are looked up in a table that holds nothing else.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.names import Named
from accounts.search import WordsIndex


class FormerName(Named):
    """One name that a shop had until it was called otherwise. Never changed."""

    shop = models.ForeignKey("requests_app.Shop", on_delete=models.CASCADE, related_name="former_names", db_index=False)
    number = models.SmallIntegerField()  # of the shop's names, from 0
    name = models.CharField(_("former name"), max_length=120)
    until = models.DateTimeField(_("until"), default=clock.now)

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        constraints = [models.UniqueConstraint(fields=["shop", "number"], name="former_name_once")]
        indexes = [WordsIndex(field="name_words", name="former_name_words")]

    def __str__(self):
        return self.name
