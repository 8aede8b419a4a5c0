"""The issuer's two pages: log in, and why it cannot be done."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse
from jinja2 import Environment, StrictUndefined

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; color: #111; background: #fff }
main { max-width: 24rem; margin: 10vh auto; padding: 0 1rem }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit }
input, button { padding: .5rem; margin: .25rem 0 1rem }
.notice { border-left: .25rem solid #8a4b00; padding-left: .75rem }
.error { border-left: .25rem solid #b00020; padding-left: .75rem }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_LAYOUT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} - Attending demo issuer</title>
<style>{{ style | safe }}</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
<p class="notice"><strong>Demo issuer - not for production.</strong></p>
{% if error %}<p class="error" id="error" role="alert">{{ error }}</p>{% endif %}
{% if fields is not none %}
<form method="post" action="/authorize">
{% for name, value in fields.items() %}
<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}
<label for="username">User name</label>
<input id="username" name="username" autocomplete="username" required autofocus
{% if error %}aria-describedby="error"{% endif %}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Log in</button>
</form>
{% endif %}
</main>
</body>
</html>
"""
_PAGE = Environment(autoescape=True, undefined=StrictUndefined).from_string(_LAYOUT)


def login_page(
    fields: Mapping[str, str], redirect_uri: str, *, error: str = "", status: int = 200
) -> HTMLResponse:
    """The form, with the request's own fields carried along in it."""
    html = _PAGE.render(title="Log in", style=_STYLE, error=error, fields=fields)
    # Browsers hold the redirect that follows the form against form-action as well.
    target = urlsplit(redirect_uri)
    return _answer(html, status, f"'self' {target.scheme}://{target.netloc}")


def refusal_page(error: str) -> HTMLResponse:
    """For requests that must not be answered by a redirect."""
    html = _PAGE.render(title="This request cannot be used", style=_STYLE, error=error, fields=None)
    return _answer(html, 400, "'none'")


def _answer(html: str, status: int, form_action: str) -> HTMLResponse:
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action {form_action}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return HTMLResponse(html, status, headers)
