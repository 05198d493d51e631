from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join


class LongSelect(forms.Select):
    """A select of hundreds of options, drawn without a template for each of them."""

    def render(self, name, value, attrs=None, renderer=None):
        widget = self.get_context(name, value, attrs)["widget"]
        groups = [self._group(label, options) for label, options, _index in widget["optgroups"]]
        return format_html(
            '<select name="{}"{}>{}</select>', name, flatatt(widget["attrs"]), format_html_join("", "{}", zip(groups))
        )

    def _group(self, label, options):
        drawn = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((option["value"], flatatt(option["attrs"]), option["label"]) for option in options),
        )
        return format_html('<optgroup label="{}">{}</optgroup>', label, drawn) if label else drawn


class CountedTextarea(forms.Textarea):
    """Below one with data-counter there is room for js/field-counter.js to say how much is written: nothing moves."""

    def render(self, name, value, attrs=None, renderer=None):
        field = super().render(name, value, attrs, renderer)
        if "data-counter" not in self.attrs:
            return field
        return format_html('{}<p class="form-counter" aria-live="polite"></p>', field)
