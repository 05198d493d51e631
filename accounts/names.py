"""Rows that people find and sort by their name: the columns that follow from it, and when they are written."""

from django.apps import apps
from django.db import models, transaction

from accounts.letters import order_key
from accounts.search import stored_words

BATCH = 500


class WordsField(models.TextField):
    """The words of the row's name, as accounts.search finds them."""

    rule = staticmethod(stored_words)

    def __init__(self, *, editable=False, default="", db_default="", **kwargs):
        super().__init__(editable=editable, default=default, db_default=db_default, **kwargs)

    def pre_save(self, model_instance, add):
        value = self.rule(model_instance.name)
        setattr(model_instance, self.attname, value)
        return value


class SortKeyField(models.TextField):
    """A text that rows are sorted by: code point by code point, whatever the database's locale."""

    def db_parameters(self, connection):
        parameters = super().db_parameters(connection)
        return parameters | ({"collation": "C"} if connection.vendor == "postgresql" else {})


class OrderField(SortKeyField, WordsField):
    """What the row's name is sorted by."""

    rule = staticmethod(order_key)


class NamedQuerySet(models.QuerySet):
    """Rows without their column of words, which searches compare and nobody reads; `defer(None)` gives it too."""

    def __init__(self, model=None, query=None, using=None, hints=None):
        super().__init__(model, query, using, hints)
        if model is not None and query is None:
            self.query.add_deferred_loading(["name_words"])

    def update(self, **values):
        if isinstance(name := values.get("name"), str):
            values |= {field.name: field.rule(name) for field in _derived(self.model)}
        return super().update(**values)


class Named(models.Model):
    """A row that is found and sorted by its `name`. Its queryset is a NamedQuerySet."""

    DERIVED = ("name_words", "name_order")  # no history keeps them

    name_words = WordsField()
    name_order = OrderField()

    objects = NamedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args, update_fields=None, **kwargs):
        if update_fields is not None and "name" in update_fields:
            update_fields = [*update_fields, *self.DERIVED]
        if update_fields is None and "name" not in self.get_deferred_fields():
            for field in _derived(type(self)):
                field.pre_save(self, add=False)  # now: Django leaves out what was not read and is not set
        super().save(*args, update_fields=update_fields, **kwargs)


def words_of(*relations):
    """Return the columns of words of these relations, for `defer` where `select_related` reads their rows."""
    return [f"{relation}__name_words" for relation in relations]


def named_models():
    return [model for model in apps.get_models() if issubclass(model, Named)]


def outdated(rows):
    """Return those of the rows whose columns do not follow from their name, with the columns set right."""
    return [row for row in rows if _held(row) != [field.pre_save(row, add=False) for field in _derived(type(row))]]


def refill(model):
    """Write the columns of all rows anew where they are outdated; return how many were.

    In batches, each a transaction; may run twice. Takes a model of a migration too.
    """
    changed, rows = 0, model._base_manager.order_by("pk")
    names, after = [field.name for field in _derived(model)], None
    while True:
        with transaction.atomic():
            beyond = rows if after is None else rows.filter(pk__gt=after)
            batch = list(beyond.select_for_update(no_key=True).only("pk", "name", *names)[:BATCH])
            if not batch:
                return changed
            changed += rows.bulk_update(outdated(batch), names)
            after = batch[-1].pk


def _derived(model):
    return [field for field in model._meta.concrete_fields if isinstance(field, WordsField)]


def _held(row):
    return [getattr(row, field.attname) for field in _derived(type(row))]
