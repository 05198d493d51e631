"""What the admin's pages share: lists that never count a whole table, verbs as buttons to confirm pages, history.

A status changes by an AdminVerb alone.
"""

import re
from abc import abstractmethod
from functools import reduce
from itertools import pairwise
from operator import and_, or_
from typing import cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import display_for_field, unquote
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from accounts import clock, outbox
from accounts.exceptions import ActionRefused
from accounts.fields import OneLineField, name_unknown_choices, set_required_messages
from accounts.formats import day_and_time
from accounts.letters import unseen_off
from accounts.models import User
from accounts.search import is_too_long, names_begin, problem_of, terms_of, words_begin
from accounts.signals import members_changed
from accounts.verbs import Verb

MOST_LISTED = 1000  # rows that a list pages through; search and filters reach the others
NOTHING = "–"  # shown for what is empty
EXACT = ("", "__exact", "__id__exact", "__code__exact", "__isnull")


class CappedPaginator(Paginator):
    """Counts up to MOST_LISTED, so that a list costs the same whatever the table holds."""

    @cached_property
    def count(self):
        rows = cast(QuerySet, self.object_list)
        return rows.order_by()[:MOST_LISTED].count()


class AdminVerb(Verb):
    """One act of staff: its policy is asked for the button, for the confirm page, and again by the service."""

    template = "admin/staff/confirm.html"

    @abstractmethod
    def may(self, user, row):
        """Return the policy's Decision on this row."""

    @abstractmethod
    def can(self, row):
        """Return whether the row is in a state for it, so that its button is shown."""

    def context(self, row, request):
        """Return what a template of its own shows beside the form."""
        return {}

    def page_of(self, row):
        """Return the URL that one comes from and goes back to."""
        return change_url(row)

    def done(self, model_admin, request, row, said):
        messages.success(request, said)
        return redirect(self.page_of(row))


def change_url(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def verb_url(row, name):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])


class StaffAutocomplete(AutocompleteSelect):
    """Shows no row for a key that cannot be one; Django's own asks the database for it and fails.

    While nothing is chosen it says what it is for, also to screen readers.
    """

    @property
    def media(self):
        return super().media + forms.Media(js=["admin/js/autocomplete.js", "js/staff-autocomplete.js"])  # in this order

    def build_attrs(self, base_attrs, extra_attrs=None):
        return super().build_attrs(base_attrs, extra_attrs) | {"data-placeholder": _("Search")}

    def optgroups(self, name, value, attr=None):
        return super().optgroups(name, [each for each in value if self._may_be_key(each)], attr)

    def _may_be_key(self, text):
        try:
            self.field.target_field.run_validators(self.field.target_field.to_python(text))
        except ValidationError:
            return False
        return True


class StaffFieldsMixin(BaseModelAdmin):
    """Fields of the admin with the messages of our other forms.

    A field that refers to rows has no buttons to add or change them: they have pages of their own.
    """

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if type(db_field) is models.CharField and not db_field.choices:
            kwargs.setdefault("form_class", OneLineField)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is None:
            return None
        set_required_messages([field])
        if isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        if isinstance(field.widget, AutocompleteSelect):
            field.widget = StaffAutocomplete(db_field, self.admin_site, choices=field.widget.choices)
        return field


class StaffAdmin(StaffFieldsMixin, admin.ModelAdmin):
    actions = None
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by: tuple[str, ...] = ()
    list_per_page = 50
    view_on_site = False
    change_form_template = "admin/staff/change_form.html"
    empty_value_display = NOTHING
    verbs: tuple[AdminVerb, ...] = ()
    has_history = True
    # What the list is searched by (search_fields only makes Django show the box): the column of words of a name, and
    # other columns that hold what is typed.
    words_searched = ""
    also_searched: tuple[str, ...] = ()

    def changelist_view(self, request, extra_context=None):
        title = capfirst(self.opts.verbose_name_plural)
        if problem := problem_of(request.GET.get(SEARCH_VAR, "")):
            messages.warning(request, problem)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_search_results(self, request, queryset, search_term):
        """Return the rows found by the one rule of search, and that none stands there twice."""
        if is_too_long(search_term):
            return queryset.none(), False
        if not self.words_searched:
            return super().get_search_results(request, queryset, search_term)
        typed = unseen_off(search_term)
        if not typed:
            return queryset, False
        found = self._names_begin(typed)
        return queryset.filter(found | self.also_found(typed)), False

    def _names_begin(self, typed):
        """Return the condition that the terms of `typed` begin words of the name, here or in the row that has it."""
        relation, _between, column = self.words_searched.rpartition("__")
        if not relation:
            return words_begin(column, typed) or Q(pk__in=[])
        named = self.model._meta.get_field(relation).related_model._base_manager
        found = [names_begin(relation, named, term).condition for term in terms_of(typed)]
        return reduce(and_, found) if found else Q(pk__in=[])

    def also_found(self, typed):
        """Return the condition of what is found besides names."""
        return reduce(or_, (Q(**{name: typed}) for name in self.also_searched), Q(pk__in=[]))

    def lookup_allowed(self, lookup, value, request):
        """Allow the list's own filters alone: a lookup of any field would let one guess what no page shows."""
        offered = {_filter_name(entry) for entry in self.get_list_filter(request)}
        return any(lookup == f"{name}{ending}" for name in offered for ending in EXACT)

    def get_urls(self):
        return [self._verb_path(verb) for verb in self.verbs] + super().get_urls()

    def _verb_path(self, verb):
        def view(request, object_id):
            return self.verb_view(request, object_id, verb)

        name = f"{self.opts.app_label}_{self.opts.model_name}_{verb.name}"
        return path(f"<path:object_id>/{verb.name}/", self.admin_site.admin_view(view), name=name)

    def verb_view(self, request, object_id, verb):
        row = self._row_for(request, object_id, verb)
        try:
            form, done = verb.answer(request, row)
        except ActionRefused as refused:
            messages.error(request, refused.message)
            return redirect(verb.page_of(row))
        if done is None:
            return self._confirm_page(request, row, verb, form)
        return verb.done(self, request, row, done)

    def _row_for(self, request, object_id, verb):
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        if row is None:
            raise Http404
        if not (decision := verb.may(request.user, row)):
            raise PermissionDenied(decision.reason)
        return row

    def _confirm_page(self, request, row, verb, form):
        context = {"verb": verb, "form": form, "row": row, "back_url": verb.page_of(row)}
        context |= {"consequences": verb.consequences(row), **verb.context(row, request)}
        return self.page(request, verb.template, title=verb.label, subtitle=str(row), **context)

    def page(self, request, template, *, title, **context):
        """Return a page of our own, in the admin's frame."""
        request.current_app = self.admin_site.name
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, frame | context)

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        shown = [verb for verb in self.verbs if obj and verb.can(obj) and verb.may(request.user, obj)]
        context["buttons"] = [(verb, verb_url(obj, verb.name)) for verb in shown]
        context["has_history"] = self.has_history
        name_unknown_choices(context["adminform"].form)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


def time_column(name, label):
    """Return a column or read-only field that shows the time in this field as our pages do: "Tue 3 Dec, 14:05"."""

    @admin.display(description=label)
    def shown(self, row):
        at = getattr(row, name)
        return day_and_time(at) if at else self.get_empty_value_display()

    return shown


def _filter_name(entry):
    entry = entry[0] if isinstance(entry, tuple) else entry
    return entry if isinstance(entry, str) else entry.parameter_name


class LabelledFormSet(BaseInlineFormSet):
    """Gives each field of a row a label for screen readers, since the head of its column is none."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs.setdefault("aria-label", field.label or "")


class OwnedFormSet(LabelledFormSet):
    """The members of a shop or partner, one owner at least who can sign in.

    Members that are sent are read and saved under the locks of all that they concern: the people, then the shop or
    partner. Who is erased at that moment is gone before, or is erased with their new membership.
    """

    def __init__(self, data=None, *args, instance=None, **kwargs):
        if data is not None and instance is not None and instance.pk:
            User.objects.lock(self._people_in(data))
            list(type(instance)._base_manager.select_for_update(no_key=True).filter(pk=instance.pk).order_by("pk"))
        super().__init__(data, *args, instance=instance, **kwargs)

    @classmethod
    def _people_in(cls, data):
        field = re.compile(rf"{re.escape(cls.get_default_prefix())}-\d+-user")
        named = {data[name] for name in data if field.fullmatch(name)}
        return {int(pk) for pk in named if pk.isascii() and pk.isdigit() and len(pk) < 19}

    def clean(self):
        super().clean()
        if not self.has_changed():
            return  # where the last owner was made inactive, everything else can still be changed
        filled = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        for form in filled:
            user = form.cleaned_data.get("user")
            if user and "user" in form.changed_data and not user.is_active:
                form.add_error("user", _("They cannot sign in. Make them active first, or choose somebody else."))
        kept = [form.instance for form in filled if form.instance.user_id]
        if not any(member.role == "owner" and member.user.is_active for member in kept):
            raise forms.ValidationError(
                _("Somebody who can sign in has to be owner. Make another member one first."), code="owner"
            )


class TimeSetFilter(admin.SimpleListFilter):
    """The rows in which the time `column` is set."""

    column, label = "", ""

    def lookups(self, request, model_admin):
        return [("yes", self.label)]

    def queryset(self, request, queryset):
        return queryset.filter(**{f"{self.column}__isnull": False}) if self.value() == "yes" else queryset


class NobodyFilter(TimeSetFilter):
    """Shops and partners whose members cannot sign in."""

    title, parameter_name = _("who can act"), "nobody"
    column, label = "nobody_since", _("Nobody can")


class StaffInline(StaffFieldsMixin, admin.TabularInline):
    empty_value_display = NOTHING
    formset = LabelledFormSet
    extra = 0


class MembersAdmin(admin.ModelAdmin):
    """An admin of what has members: owners are notified of members of staff whom staff put there, or give a role.

    All that its forms hold of other tables are the members.
    """

    members_path = "/"  # where the notification leads

    @abstractmethod
    def note_who_can_act(self, obj, *, by, changed):
        """Note whether some of the members can act for it now. It locks rows that come before notifications.

        `changed` names the fields of `obj` that the form changed.
        """

    def save_related(self, request, form, formsets, change):
        of = form.instance
        before = _roles_in(of)
        for formset in formsets:
            self.save_formset(request, form, formset, change)
        self.note_who_can_act(of, by=request.user, changed=form.changed_data)
        self._tell_changes(of, before, by=request.user)
        for formset in formsets:
            for member in [*formset.new_objects, *(row for row, _fields in formset.changed_objects)]:
                if member.user.is_staff:
                    self._notify_owners(form.instance, member)

    def _tell_changes(self, of, before, *, by):
        """Tell receivers of members_changed who has another role than before; the formset has locked all of it."""
        after = _roles_in(of)
        concerned = User.objects.in_bulk([pk for pk in before | after if before.get(pk) != after.get(pk)])
        changes = [(person, before.get(pk, ""), after.get(pk, "")) for pk, person in sorted(concerned.items())]
        if changes:
            members_changed.send(type(of), of=of, changes=changes, by=by, founded=False)

    def _notify_owners(self, of, member):
        owners = [row.user for row in of.members.active_owners().exclude(user=member.user).select_related("user")]
        outbox.notify(
            owners,
            source=f"{of._meta.model_name}:{of.pk}:staff:{member.user_id}:{clock.now():%Y%m%d%H%M%S}",
            template="staff_joined_for_owner",
            path=self.members_path,
            **{of._meta.model_name: of.name},
        )


def _roles_in(of):
    return dict(of.members.values_list("user", "role"))


class ReadOnlyAdmin(StaffAdmin):
    """Rows that services alone write."""

    has_history = False  # the history is of changes by forms

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class HistoryAdmin(SimpleHistoryAdmin, StaffAdmin):
    """Shows who changed which field when. No old row can be restored: its status would come back with it."""

    object_history_list_template = "admin/staff/field_history.html"

    def revert_disabled(self, request, obj=None):
        return True

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        raise Http404

    def get_history_queryset(self, request, history_manager, pk_name, object_id):
        referring = [field.name for field in history_manager.model.tracked_fields if field.is_relation]
        return history_manager.filter(**{pk_name: object_id}).select_related("history_user", *referring)

    def set_history_delta_changes(self, request, historical_records, foreign_keys_are_objs=True):
        """Set the changes of every field: simple_history leaves out what no form may change, such as the status."""
        for newer, older in pairwise(historical_records):
            newer.history_delta_changes = list(_changes(newer, older))

    def history_view_title(self, request, obj):
        return _("History")


def _changes(newer, older):
    for field in newer.tracked_fields:
        if getattr(newer, field.attname) != getattr(older, field.attname):
            yield {"field": capfirst(field.verbose_name), "old": _display(older, field), "new": _display(newer, field)}


def _display(record, field):
    text = display_for_field(getattr(record, field.name), field, NOTHING)
    return text if hasattr(text, "__html__") else Truncator(text).chars(100)
