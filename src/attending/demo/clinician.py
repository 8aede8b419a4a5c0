"""The scripted clinician: demo tenant, loopback EHR, HTEST label; nowhere else.

It does what a person would do through the same API, and proves its signature with a
fresh log-in at the demo's issuer. The product itself never signs.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from attending.core.errors import Forbidden
from attending.demo.client import Api, Json

EDIT_NOTE = "Reviewed with the patient during the visit."
REJECTION = "Not needed in this note (scripted demo)."
# What the recogniser mishears in the sample, and the scripted clinician puts right.
CORRECTIONS = {"low sartan": "losartan"}
_EDITED_FIRST = ("plan", "assessment", "history_of_present_illness")
_REJECTED_FIRST = ("results", "review_of_systems", "past_history")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def review_and_sign(api: Api, case: str) -> Json:
    """View, open every warning, accept, edit one section, reject one, sign.

    Returns what the API told of the signature. Raises Forbidden outside the demo.
    """
    _demo_only(api)
    told = api.get(f"/v1/cases/{case}")
    edited, rejected = _choose(told["sections"])
    for section in told["sections"]:
        _see(api, case, section)
        told = _decide(api, case, told["version"], section, edited, rejected)
    return _sign(api, case)


def _demo_only(api: Api) -> None:
    tenant = api.get("/v1/me")["tenant"]
    addresses = [target["address"] for target in api.get("/v1/targets")["items"]]
    hosts = {urlsplit(address).hostname for address in addresses}
    if not tenant["demo"] or not hosts <= set(_LOOPBACK):
        raise Forbidden("The scripted clinician works for the demo tenant on loopback alone.")


def _choose(sections: list[Json]) -> tuple[str, str]:
    """Keys of the section to edit and of the one to reject: filled ones if there are any."""
    keys = [section["key"] for section in sections]
    filled = [section["key"] for section in sections if section["statements"]]
    preferred = [key for key in _EDITED_FIRST if key in filled] or filled or keys
    edited = preferred[0]
    others = [key for key in keys if key != edited]
    rejected = next((key for key in _REJECTED_FIRST if key in filled and key != edited), others[-1])
    return edited, rejected


def _see(api: Api, case: str, section: Json) -> None:
    """The section, then every warning in it that must be opened."""
    shown = {"section": section["key"], "revision": section["revision"]}
    left = api.post(f"/v1/cases/{case}/views", shown)["unopened"]
    for statement in left:
        api.post(f"/v1/cases/{case}/views", {**shown, "statement": statement})


def _decide(api: Api, case: str, version: int, section: Json, edited: str, rejected: str) -> Json:
    choice: Json = {
        "version": version,
        "section": section["key"],
        "revision": section["revision"],
        "kind": "accept",
    }
    if section["key"] == edited:
        choice |= {"kind": "edit", "text": _corrected(section)}
    elif section["key"] == rejected:
        choice |= {"kind": "reject", "reason": REJECTION}
    told: Json = api.post(f"/v1/cases/{case}/decisions", choice)
    return told


def _corrected(section: Json) -> str:
    """The section's lines, put right, and one line of the clinician's own."""
    text = "\n".join(statement["text"] for statement in section["statements"])
    for misheard, said in CORRECTIONS.items():
        text = text.replace(misheard, said)
    return f"{text}\n{EDIT_NOTE}"


def _sign(api: Api, case: str) -> Json:
    entry = api.get(f"/v1/cases/{case}/entry")
    signed: Json = api.post(
        f"/v1/cases/{case}/signatures",
        {
            "version": entry["version"],
            "digest": entry["digest"],
            "prepared_at": entry["prepared_at"],
            "proof": {"kind": "oidc", "token": api.prove(entry["digest"])},
        },
    )
    return {**signed, "signer": entry["payload"]["signer"]["name"], "entry": entry["payload"]}
