# at: src/attending/web/console/planted.py
from jinja2 import Environment
from markupsafe import Markup


def page(name, loader):
    # ruleid: unescaped-html
    Markup(f"<b>{name}</b>")
    # ruleid: unescaped-html
    Environment(loader=loader)
    # ruleid: unescaped-html
    Environment(loader=loader, autoescape=False)
    # ruleid: unescaped-html
    HTMLResponse(f"<b>{name}</b>")
    # ok: unescaped-html
    Environment(loader=loader, autoescape=True)
    # ok: unescaped-html
    return Markup("<b>{}</b>").format(name)
