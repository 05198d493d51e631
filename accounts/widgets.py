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
