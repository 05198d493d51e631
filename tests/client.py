"""A test client that reads every HTML page it is given as a browser and a careful reader would."""

import time
from collections import Counter
from urllib.parse import urlsplit

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.test import Client
from django.test import client as django_client

from shoppartners.handler import Request
from tests.markup import elements_of, line_of, read

django_client.WSGIRequest = Request  # as the server makes them

LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "use": "href"}
FIELDS = {"input", "select", "textarea"}
FOOT = ("/help/", "/referrals/", "/privacy/", "/terms/")  # where each page leads
MOST_HTML = 60_000  # bytes of a page
WRITTEN_TYPES = {"text", "email", "url", "tel", "number", "date"}
MOST_LINES_WITHOUT_DRAFT = 2
UNLABELLED_TYPES = {"hidden", "submit", "button", "reset", "image"}


class SignedInClient(Client):
    """Signs people in as they do it themselves."""

    def force_login(self, user, backend=None):
        """As one who used their second factor and asks to be kept signed in, so that tests may travel for days."""
        super().force_login(user, backend)
        session = self.session
        use_second_factors(session, user)
        session.set_expiry(settings.SESSION_COOKIE_AGE)
        session.save()


class CheckedClient(SignedInClient):
    """Asserts of each page with status 200 what `faults` lists; the admin's own templates are not ours to check."""

    reads = True

    def request(self, **request):
        response = super().request(**request)
        if self.reads and _is_our_page(response):
            found = faults(response.content.decode(), typed=int(request.get("CONTENT_LENGTH") or 0))
            assert not found, f"{response.request['PATH_INFO']}:\n" + "\n".join(found)
        return response


def use_second_factors(session, user):
    """Note in the session that the person used each second factor that they have, as signing in by one does."""
    factors = user.authenticator_set.values_list("pk", "type")
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "mfa", "at": time.time(), "id": pk, "type": kind} for pk, kind in factors
    ]
    session["account_authentication_methods_user"] = str(user.pk)


def _is_our_page(response):
    html = response.headers.get("Content-Type", "").startswith("text/html")
    return (
        html
        and response.status_code == 200
        and not response.streaming
        and not response.request["PATH_INFO"].startswith("/admin/")
        and "sandbox" not in response.headers.get("Content-Security-Policy", "")  # a mail, as it went out
    )


def faults(html, *, typed=0):
    """Give what is wrong with a page, or with the piece of one that htmx asked for, in words.

    `typed` bytes came with the request: a form gives back what is wrong with them, however long.
    """
    if "<html" in html[:500].lower():
        tree, errors = read(html)
        elements = elements_of(tree)
        found = [_said(error, html) for error in errors]
        for rule in (_page_faults, _form_faults, _reference_faults, _foot_faults, _early_faults):
            found += rule(elements)
        if (size := len(html.encode()) - typed) >= MOST_HTML:
            found.append(f"{size:,} bytes of HTML")
    else:
        container = "tbody" if html.lstrip().startswith("<tr") else "div"
        tree, errors = read(html, within=container)
        elements = elements_of(tree)
        found = [f"not well-formed: {error}" for error in errors]
    for element in elements:
        found += _element_faults(element)
    return found + list(_id_faults(elements))


def _said(error, html):
    number, line = line_of(error, html)
    return f"not well-formed: {error} in line {number}: {line[:100]}"


def _page_faults(elements):
    headings = [element for element in elements if element.tag == "h1"]
    titles = [text_of(element) for element in elements if element.tag == "title"]
    language = elements[0].get("lang")
    if len(headings) != 1:
        yield f"{len(headings)} h1 elements instead of one"
    elif not text_of(headings[0]):
        yield "an empty h1"
    if not titles or not titles[0]:
        yield "no title"
    if not language:
        yield "no language"


def feet_of(elements):
    return [element for element in elements if element.tag == "footer"]


def _foot_faults(elements):
    """Every page leads to help, privacy and terms, and names the address of the settings, at its foot."""
    feet = feet_of(elements)
    if len(feet) != 1:
        yield f"{len(feet)} footers instead of one"
        return
    found = {link.get("href") for link in feet[0].iter("a")}
    address = settings.SUPPORT_EMAIL and [f"mailto:{settings.SUPPORT_EMAIL}"]
    yield from (f"no link to {link} at the foot" for link in [*FOOT, *address] if link not in found)


def _early_faults(elements):
    """A browser draws a page when it has read the sheet of icons behind the foot: a page drawn in parts would move."""
    awaited = [link.get("href") for link in elements if (link.get("rel"), link.get("blocking")) == ("expect", "render")]
    sheets = [place for place, element in enumerate(elements) if element.get("id") == "icon-sheet"]
    feet = [place for place, element in enumerate(elements) if element.tag == "footer"]
    if sheets and (awaited != ["#icon-sheet"] or sheets[0] < max(feet, default=0)):
        yield f"is drawn before all of it is read: waits for {awaited}, its sheet of icons has to stand behind its foot"


def _element_faults(element):
    tag, attributes = element.tag, element.attrib
    if tag == "style" or "style" in attributes:
        yield f"inline style: {described(element)}"
    if tag == "script" and "src" not in attributes and attributes.get("type") != "application/json":
        yield "inline script"
    for name in attributes:
        if name.startswith("on"):
            yield f"inline handler {name}: {described(element)}"
    address = "" if attributes.get("rel") == "canonical" else attributes.get(LOADED.get(tag, ""), "")
    if urlsplit(address).netloc:
        yield f"loads from elsewhere: {address}"
    if attributes.get("href", "").strip().lower().startswith("javascript:"):
        yield f"script in a link: {described(element)}"
    if tag == "img" and "alt" not in attributes:
        yield f"image without alt: {described(element)}"
    if tag in {"a", "button"} and not _named(element):
        yield f"nothing to read in {described(element)}"


def _form_faults(elements):
    for form in (element for element in elements if element.tag == "form"):
        tokens = [field for field in form.iter("input") if field.get("name") == "csrfmiddlewaretoken"]
        if form.get("method", "get").lower() == "post" and len(tokens) != 1:
            yield f"{len(tokens)} CSRF tokens in {described(form)}"
        if _is_written_into(form) and "data-draft" not in form.attrib:
            yield f"what is typed into it is lost when the page is left: {described(form)}"
        if "data-draft" in form.attrib and not any("data-draft-offer" in part.attrib for part in form.iter()):
            yield f"a draft that is kept and never offered: {described(form)}"
    labelled = {element.get("for") for element in elements if element.tag == "label"}
    within = {field for label in elements if label.tag == "label" for field in label.iter()}
    for field in elements:
        if field.tag not in FIELDS or field.get("type") in UNLABELLED_TYPES:
            continue
        if field not in within and field.get("id") not in labelled - {None} and not _named(field):
            yield f"no label for {described(field)}"


def _is_written_into(form):
    """Whether people write a text here, or several lines; what they choose or sign in with is soon done again."""
    lines = [field for field in form.iter("input") if field.get("type", "text") in WRITTEN_TYPES]
    sent = form.get("method", "get").lower() == "post"
    return sent and (next(form.iter("textarea"), None) is not None or len(lines) > MOST_LINES_WITHOUT_DRAFT)


def _id_faults(elements):
    counts = Counter(element.get("id") for element in elements if element.get("id") is not None)
    yield from (f"the id {name!r} stands {count} times" for name, count in counts.items() if count > 1 or not name)


def _reference_faults(elements):
    ids = {element.get("id") for element in elements}
    for element in elements:
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            for target in element.get(name, "").split():
                if target not in ids:
                    yield f"{name} names {target!r}, which is not there: {described(element)}"


def _named(element):
    if element.get("aria-label") or element.get("aria-labelledby") or element.get("title"):
        return True
    return bool(text_of(element)) or any(image.get("alt") for image in element.iter("img"))


def text_of(element):
    return " ".join("".join(element.itertext()).split())


def described(element):
    attributes = " ".join(f'{name}="{value[:40]}"' for name, value in list(element.attrib.items())[:4])
    return f"<{element.tag} {attributes}>"
