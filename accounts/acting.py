"""For whom a form acts: the shop or partner that its page was shown for, whatever was chosen in another tab since."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIELD = "acting_for"  # of the forms, and of what a page asks for by itself
SHOP, PARTNER = "shop", "partner"
SESSION_KEY = "membership"  # of the one that the person chose last


def key_of(kind, pk):
    """Return how a form and the session name a shop or partner: "shop:3"."""
    return f"{kind}:{pk}"


def path_for(path, kind, pk):
    """Return the path of a page with whom it is to be shown for, whatever its reader acts for elsewhere."""
    return f"{path}?{urlencode({FIELD: key_of(kind, pk)})}"


def choose(request, kind, pk):
    """Have the person act for this shop or partner of theirs from now on."""
    request.session[SESSION_KEY] = key_of(kind, pk)


class OfShopOrPartner:
    """A row of one shop or of one partner, which stands before models.Model among its bases; it has both keys."""

    shop_id: int | None
    partner_id: int | None
    shop: Any
    partner: Any

    @property
    def kind(self):
        return SHOP if self.shop_id else PARTNER

    @property
    def of_id(self):
        return self.shop_id or self.partner_id

    @property
    def of(self):
        """The shop or partner."""
        return self.shop if self.shop_id else self.partner


class ActingField(forms.CharField):
    """Holds whom the page is for now, even where a form comes back that named another."""

    widget = forms.HiddenInput

    def bound_data(self, data, initial):
        return initial


class ActingMixin(forms.Form):
    """Names whom its page is shown for. The view acts for the one that was named, if the reader belongs to it."""

    acting_for = ActingField(required=False)

    def act_for(self, kind, row):
        """Say for whom the form is: a shop or a partner."""
        self.initial[FIELD], self.acts_for = key_of(kind, row.pk), row.name

    def clean(self):
        """Refuse what was typed for another, who was named but is not the reader's any more; the form keeps it."""
        cleaned = super().clean()
        self.cleaned_data.pop(FIELD, None)
        named = self.data.get(self.add_prefix(FIELD))
        if named and FIELD in self.fields and named != self.initial[FIELD]:
            raise ValidationError(
                _(
                    "You do not belong to the shop or partner of this form any more, so nothing was saved. The form is "
                    "for %(name)s now: check it, and send it again if it should be."
                ),
                code="acting_for",
                params={"name": self.acts_for},
            )
        return cleaned
