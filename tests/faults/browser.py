"""A browser over real HTTP: keeps cookies, fills in forms, and knows an answer from none."""

import http.client
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from tests.factories import PASSWORD
from tests.journeys.visitor import filled
from tests.markup import tree_of

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Unanswered(Exception):
    """The connection ended before the answer."""


class Browser:
    def __init__(self, port, *, timeout=30):
        self.port, self.timeout, self.cookies = port, timeout, {}

    def ask(self, method, path, data=None, **headers):
        """Give the response with its `.body`; raises Unanswered where none comes."""
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None if data is None else urlencode(data, doseq=True)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            connection.request(method, path, body, headers | (FORM if body is not None else {}))
            response = connection.getresponse()
            response.body = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(f"{method} {path}: {error!r}") from error
        finally:
            connection.close()
        for header in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return response

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, data, **headers):
        return self.ask("POST", path, data, **headers)

    def form(self, path, *, having):
        """What the form of the page that has this field holds, as a browser would send it."""
        response = self.get(path)
        assert response.status == 200, f"{path}: {response.status}"
        page = tree_of(response.body)
        forms = [filled(form) for form in page.iter("form") if form.get("method", "").lower() == "post"]
        return next(form for form in forms if having in form)

    def sign_in(self, user):
        form = self.form("/accounts/login/", having="login")
        response = self.post("/accounts/login/", form | {"login": user.email, "password": PASSWORD})
        assert response.status == 302, "not signed in"
        return self

    @staticmethod
    def led_to(response):
        return urlsplit(response.headers.get("Location", "")).path
