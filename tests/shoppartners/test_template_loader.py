"""Pages are sent without the indents of their templates; what may not change stays as it is written."""

import re

import pytest
from django.template import Engine

pytestmark = pytest.mark.once
FILES = "django.template.loaders.filesystem.Loader"


@pytest.fixture
def drawn(tmp_path):
    """`drawn(name, source)`: what the template of that name draws."""

    def draw(name, source):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
        engine = Engine(
            loaders=[("shoppartners.template_loader.Loader", [(FILES, [tmp_path])])],
            libraries={"i18n": "django.templatetags.i18n"},
        )
        return engine.render_to_string(name, {"items": [1, 2]})

    return draw


def test_indents_are_left_out_and_line_breaks_stay(drawn):
    source = "<ul>\n    {% for item in items %}\n      <li>{{ item }}</li>  \n\n    {% endfor %}\n  </ul>\n"

    assert drawn("list.html", source) == "<ul>\n\n<li>1</li>\n\n<li>2</li>\n\n</ul>\n"


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("page.html", "<pre>\n    as  it\n      stands</pre>"),
        ("page.html", "<p>\n  <textarea>\n    one\n      two</textarea></p>"),
        ("emails/mail.html", "<p>\n    line by line\n</p>"),
        ("page.txt", "one\n    two"),
        ("page.html", "{% load i18n %}{% blocktranslate %}a sentence\n    that is looked up{% endblocktranslate %}"),
    ],
)
def test_what_is_read_as_written_stays(drawn, name, source):
    assert drawn(name, source) == re.sub("{%.*?%}", "", source)
