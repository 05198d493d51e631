"""A reader without JavaScript: goes where links lead, fills in what forms ask, knows a page by what stands on it."""

from urllib.parse import urljoin, urlsplit

from tests.client import CheckedClient, text_of
from tests.markup import tree_of

NOT_FILLED = {"submit", "button", "reset", "image", "file"}


class Visitor:
    def __init__(self):
        self.client = CheckedClient()

    def visit(self, address):
        """Go to an address, of a mail too; gives the visitor for the next step."""
        parts = urlsplit(address)
        self._read(self.client.get(parts.path + (f"?{parts.query}" if parts.query else ""), follow=True))
        return self

    def follow(self, label, *, within=None):
        """Go where the link with this text leads; with `within`, the one in the element that has such a text."""
        return self.visit(urljoin(self.path, self._one("a", label, within).get("href")))

    def press(self, label, *, within=None, **values):
        """Press the button with this text: its form is sent with what it holds and these values, by field name."""
        button = self._one("button", label, within)
        form = next(form for form in self._all("form") if button in list(form.iter("button")))
        data = filled(form) | values
        if button.get("name"):
            data[button.get("name")] = button.get("value", "")
        unknown = values.keys() - {field.get("name") for field in form.iter()}
        assert not unknown, f"no such fields: {unknown}"
        send = self.client.post if form.get("method", "get").lower() == "post" else self.client.get
        self._read(send(urljoin(self.path, form.get("action") or self.path), data, follow=True))
        return self

    @property
    def heading(self):
        return text_of(next(self.page.iter("h1")))

    @property
    def text(self):
        return words_of(next(self.page.iter("body")))

    @property
    def main(self):
        return words_of(next(self.page.iter("main")))

    def texts(self, tag):
        """What the elements of a tag say, once each."""
        return list(dict.fromkeys(filter(None, map(text_of, self._all(tag)))))

    def _read(self, response):
        assert response.status_code == 200, f"{response.request['PATH_INFO']}: {response.status_code}"
        self.response, self.path = response, response.request["PATH_INFO"]
        self.page = tree_of(response.content.decode())

    def _all(self, tag):
        return list(self.page.iter(tag))

    def _one(self, tag, label, within):
        places = [self.page] if within is None else self._smallest_with(within, tag)
        found = [e for place in places for e in place.iter(tag) if label in (text_of(e), e.get("aria-label"))]
        assert found, f"{self.path}: no {tag} says {label!r}, only {self.texts(tag)}"
        targets = {element.get("href") or id(element) for element in found}
        assert len(targets) == 1, f"{self.path}: {len(targets)} differ that say {label!r}"
        return found[0]

    def _smallest_with(self, text, tag):
        """The smallest element that has the text and such a tag in it."""
        holding = [
            element
            for element in self.page.iter()
            if text in text_of(element) and element.find(f".//{tag}") is not None
        ]
        assert holding, f"{self.path}: nothing says {text!r}"
        return [min(holding, key=lambda element: len(text_of(element)))]


def words_of(element):
    """Its text with a space wherever one element ends and another begins."""
    return " ".join(" ".join(element.itertext()).split())


def filled(form):
    """What a form holds as it stands, as a browser would send it."""
    data = {}
    for field in form.iter():
        name = field.get("name")
        if not name or "disabled" in field.attrib:
            continue
        if field.tag == "textarea":
            data[name] = (field.text or "").removeprefix("\n")
        elif field.tag == "select":
            options = list(field.iter("option"))
            chosen = [option.get("value", text_of(option)) for option in options if "selected" in option.attrib]
            if "multiple" in field.attrib:
                data[name] = chosen
            elif options:
                data[name] = chosen[-1] if chosen else options[0].get("value", text_of(options[0]))
        elif field.tag == "input" and field.get("type") in {"checkbox", "radio"}:
            if "checked" in field.attrib:
                data.setdefault(name, [])
                data[name] = [*data[name], field.get("value", "on")]
        elif field.tag == "input" and field.get("type") not in NOT_FILLED:
            data[name] = field.get("value", "")
    return data
