"""A browser for tests: no script, but cookies, redirects, forms and their Origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from fastapi.testclient import TestClient

VOID = {"meta", "link", "input", "br", "hr", "img"}


@dataclass
class PageForm:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)  # of a select, by its name


class Page(HTMLParser):
    """What is on a page.

    Raises AssertionError for tags that do not match and, on a page of ours, for
    anything that its policy would block.
    """

    def __init__(self, answer: Any, *, ours: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.ours = ours
        self.status: int = answer.status_code
        self.headers = answer.headers
        self.source: str = answer.text
        self.forms: list[PageForm] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self._words: list[str] = []
        self._typing: str | None = None
        self.feed(self.source)
        assert not self._open, f"left open: {self._open}"

    @property
    def words(self) -> str:
        return " ".join(" ".join(self._words).split())

    def form(self, action: str, **fields: str) -> PageForm:
        """The one form that leads there and holds these values, in fields or on a button."""
        found = [form for form in self.forms if form.action == action and _holds(form, fields)]
        assert len(found) == 1, f"{len(found)} forms to {action} with {fields}"
        return found[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if self.ours:
            assert not any(name.startswith("on") for name in known), "an inline handler"
            assert tag != "style"
            assert tag != "script" or known["src"].startswith("/assets/")
            assert "style" not in known
        if "id" in known:
            assert known["id"] not in self.ids, f"the id {known['id']} twice"
            self.ids.append(known["id"])
        if tag not in VOID:
            self._open.append((tag, known))
        self._note(tag, known)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """``<input/>``, as XML would have it."""
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, f"{tag} closes {opened}"
        if tag == "textarea":
            self._typing = None

    def handle_data(self, data: str) -> None:
        if self._typing is not None:
            text = data.removeprefix("\n")  # as browsers do
            if self.forms and any(tag == "form" for tag, _ in self._open):
                self.forms[-1].fields[self._typing] = text
        self._words.append(data)

    def _note(self, tag: str, known: dict[str, str]) -> None:
        if tag == "a":
            self.links.append(known["href"])
        if tag == "label":
            self.labelled.append(known["for"])
        if tag == "form":
            self.forms.append(PageForm(known["action"], known.get("method", "get")))
        if tag == "input" and "name" in known and self.forms:
            self.forms[-1].fields[known["name"]] = known.get("value", "")
        if tag == "button" and "name" in known:
            self.forms[-1].buttons.append({known["name"]: known["value"]})
        if tag == "select" and self.forms:
            self.forms[-1].fields[known["name"]] = ""
        if tag == "option" and self.forms:
            self._choose(known["value"])
        if tag == "textarea":
            self._typing = known.get("name", "")
            if self.forms and any(open_tag == "form" for open_tag, _ in self._open):
                self.forms[-1].fields[self._typing] = ""

    def _choose(self, value: str) -> None:
        """A select starts at its first option."""
        name = next(known["name"] for tag, known in reversed(self._open) if tag == "select")
        self.forms[-1].fields[name] = self.forms[-1].fields[name] or value
        self.forms[-1].choices.setdefault(name, []).append(value)


def _holds(form: PageForm, wanted: dict[str, str]) -> bool:
    held = [form.fields, *form.buttons]
    return all(any(part.get(name) == value for part in held) for name, value in wanted.items())


@dataclass
class Browser:
    """``client`` reaches the console; any other address is asked over the network."""

    client: TestClient
    at: str = "/"
    _form_targets: tuple[str, ...] = ()
    _elsewhere: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False))

    @property
    def home(self) -> str:
        return str(self.client.base_url).rstrip("/")

    def get(self, address: str) -> Page:
        self._form_targets = ()
        return self._arrived(self._ask("GET", address))

    def submit(self, form: PageForm, **typed: str) -> Page:
        """Send a form of the page that was shown last."""
        unknown = set(typed) - set(form.fields) - {n for b in form.buttons for n in b}
        assert not unknown, f"no such fields: {unknown}"
        data = {**form.fields, **typed}
        if len(form.buttons) == 1:
            data = {**data, **form.buttons[0]}
        headers = {"Origin": _origin(self._full(self.at))}
        return self._arrived(self._ask("POST", form.action, data=data, headers=headers))

    def log_in(self, username: str, password: str, then: str = "/") -> Page:
        login = self.get(f"/login?then={then}")
        return self.submit(login.forms[0], username=username, password=password)

    def _arrived(self, answer: Any) -> Page:
        for _ in range(10):
            if answer.status_code != 303:
                page = Page(answer, ours=self.at.startswith(self.home))
                self._form_targets = _form_targets(page, _origin(self.at))
                return page
            answer = self._ask("GET", answer.headers["location"])
        raise AssertionError("it redirects for ever")

    def _ask(self, method: str, address: str, **more: Any) -> Any:
        full = self._full(address)
        if self._form_targets:  # Chrome holds every redirect of a form against it, too
            assert _origin(full) in self._form_targets, f"blocked by form-action: {full}"
        self.at = full
        client: Any = self.client if full.startswith(self.home) else self._elsewhere
        return client.request(method, full, follow_redirects=False, **more)

    def _full(self, address: str) -> str:
        return urljoin(urljoin(self.home, self.at), address)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _form_targets(page: Page, origin: str) -> tuple[str, ...]:
    """The origins that forms of a page may lead to, by its policy."""
    directives = page.headers["content-security-policy"].split(";")
    (targets,) = (d.split()[1:] for d in directives if d.split()[:1] == ["form-action"])
    return tuple(origin if target == "'self'" else target for target in targets)
