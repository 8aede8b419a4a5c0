"""Lies that belong to one call: wrong ids, other patients, other words, things done or not done."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator

from tests.attacks.hostile_answers import (
    CHANGED,
    HARMLESS,
    MISMATCH,
    REFUSED,
    UNAVAILABLE,
    Attack,
    does,
    links,
    says,
)
from tests.attacks.hostile_ehr import Harm, Json, Said, Scene, bundle, outcome

NAMES = {
    "script": "<script>fetch('//evil.test')</script>",
    "bidi": "Ann \u202etseT",
    "zero-width": "Ann\u200b Test",
    "template": "{{ 7 * 7 }} ${7*7} %s",
    "very-long": "A" * 1_000_000,
    "blank": "",
}
WRITES = ("write", "twins", "amend", "retract")


def sets(**elements: object) -> Harm:
    """The right resource, with other elements."""
    return does(lambda body: body.update(elements))


def lacks(element: str) -> Harm:
    return does(lambda body: body.pop(element, None) and None)


def of_patients() -> list[Attack]:
    named = [
        Attack(f"name-{name}", sets(name=[{"text": text}]), CHANGED, ways=WRITES)
        for name, text in NAMES.items()
    ]
    other = [{"system": "urn:test", "value": "another"}]
    unread = {
        "name-no-list": sets(name="Ann"),
        "given-no-text": sets(name=[{"given": [{"x": 1}]}]),
        "name-nul": sets(name=[{"text": "A\0nn"}]),
        "name-half-a-sign": sets(name=[{"text": "A\ud800"}]),
        "birth-date-no-text": sets(birthDate={"year": 1970}),
        "active-no-truth": sets(active="false"),
        "id-upwards": sets(id=".."),
        "id-path": sets(id="../../admin"),
        "id-huge": sets(id="9" * 65),
        "id-number": sets(id=7),
        "no-id": lacks("id"),
        "no-type": lacks("resourceType"),
        "link-type-list": sets(link=[{"type": ["replaced-by"]}]),
    }
    changed = {
        "id-of-another": sets(id="somebody"),
        "other-type": sets(resourceType="Practitioner"),
        "inactive": sets(active=False),
        "replaced": sets(link=[{"type": "replaced-by", "other": {"reference": "Patient/2"}}]),
        "gone": says(410, outcome("It was deleted.")),
        "absent": says(404, b"<html>"),
    }
    identity = {
        "name-missing": lacks("name"),
        "birth-date-wrong": sets(birthDate="1971-01-31"),
        "birth-date-missing": lacks("birthDate"),
        "identifier-wrong": sets(identifier=other),
        "identifier-missing": lacks("identifier"),
    }
    return [
        *named,
        *(Attack(name, harm, UNAVAILABLE) for name, harm in unread.items()),
        *(Attack(name, harm, CHANGED) for name, harm in changed.items()),
        *(Attack(name, harm, CHANGED, ways=WRITES) for name, harm in identity.items()),
    ]


def of_lists() -> list[Attack]:
    bodies: dict[str, object] = {
        "entry-id-path": bundle({"resourceType": "Patient", "id": "../x"}),
        "entry-no-id": bundle({"resourceType": "Patient"}),
        "entry-no-object": {**bundle(), "entry": ["x"]},
        "bundle-of-a-transaction": {**bundle(), "type": "transaction-response"},
        "no-bundle": {"resourceType": "List", "id": "1"},
        "next-without-address": {**bundle(), "link": [{"relation": "next"}]},
    }
    return [*links(), *(Attack(n, says(200, body), UNAVAILABLE) for n, body in bodies.items())]


def entries(change: Callable[[list[Json]], list[Json]]) -> Harm:
    """The right matches, with another list of entries; as they are while there are none."""

    def changed(body: Json) -> None:
        if body["entry"]:
            body["entry"] = change(body["entry"])

    return does(changed)


def entry_with(name: str = "", **elements: object) -> Harm:
    """One more entry like the first, with these elements."""
    return entries(
        lambda found: [
            *found,
            {"resource": {**found[0]["resource"], **elements, **({"id": name} if name else {})}},
        ]
    )


def of_searches() -> list[Attack]:
    ways = ("write", "amend")
    strange = [{"system": "urn:other", "value": "1"}]
    stray: Json = {"resource": {**outcome("It is a warning."), "id": "o"}}
    harms: dict[str, tuple[Harm, str]] = {
        "of-another-patient": (
            entry_with("x1", subject={"reference": "Patient/somebody"}),
            MISMATCH,
        ),
        "with-other-words": (entry_with("x2", description="Other"), MISMATCH),
        "under-another-key": (entry_with("x3", identifier=strange), HARMLESS),
        "the-same-twice": (entry_with(), HARMLESS),
        "in-another-order": (entries(lambda found: [stray, *reversed(found)]), HARMLESS),
        "fewer": (entries(lambda _: []), UNAVAILABLE),
        "failures-alone": (entries(lambda _: [stray]), UNAVAILABLE),
        "id-path": (entry_with("../../admin"), UNAVAILABLE),
        "status-no-text": (entry_with("x4", status=["current"]), UNAVAILABLE),
        "meta-no-object": (entry_with("x5", meta=[]), UNAVAILABLE),
        "label-no-text": (
            entries(lambda found: [_labelled(entry) for entry in found]),
            UNAVAILABLE,
        ),
    }
    return [
        *links(),
        *(Attack(name, harm, code, ways=ways) for name, (harm, code) in harms.items()),
    ]


def _labelled(entry: Json) -> Json:
    meta = {**entry["resource"]["meta"], "security": [{"system": [], "code": {}}]}
    return {"resource": {**entry["resource"], "meta": meta}}


def creates(**elements: object) -> Harm:
    """Something else is kept than what was sent."""

    def harm(scene: Scene) -> Iterator[bytes]:
        scene.ehr.shelf.put({**json.loads(scene.asked.body), **elements})
        yield Said.of({}, 201).raw()

    return harm


def does_and_says(status: int) -> Harm:
    def harm(scene: Scene) -> Iterator[bytes]:
        scene.honest()
        yield Said.of(outcome("No."), status, ("Location", f"{scene.stranger}/x")).raw()

    return harm


def creates_twice(scene: Scene) -> Iterator[bytes]:
    resource = json.loads(scene.asked.body)
    if not scene.ehr.shelf.all(scene.asked.kind):
        scene.ehr.shelf.put(resource)
        scene.ehr.shelf.put(resource)
    yield Said.of(resource, 201).raw()


def of_creates() -> list[Attack]:
    done = [Attack(f"done-but-{status}", does_and_says(status), HARMLESS) for status in REFUSING]
    undone = [
        Attack(f"undone-{status}", says(status, outcome("Several match.")), REFUSED)
        for status in REFUSING
        if status != 307
    ]
    return [
        *done,
        *undone,
        Attack("undone-but-201", says(201, {}), UNAVAILABLE),
        Attack("undone-but-201-with-failure", says(201, outcome("It failed.")), UNAVAILABLE),
        Attack("undone-but-of-another", says(201, {"resourceType": "Basic"}), UNAVAILABLE),
    ]


REFUSING = (307, 400, 409, 412, 428)


def of_notes() -> list[Attack]:
    ways = ("write",)
    other = {"reference": "Patient/somebody"}
    return [
        *of_creates(),
        Attack("kept-with-other-words", creates(description="Other"), MISMATCH, ways=ways),
        Attack("kept-with-other-text", creates(content=_content("Other")), MISMATCH, ways=ways),
        Attack("kept-for-another", creates(subject=other), MISMATCH, ways=ways),
        Attack("kept-twice", creates_twice, HARMLESS, ways=ways),
    ]


def _content(text: str) -> list[Json]:
    data = base64.b64encode(text.encode()).decode()
    return [{"attachment": {"contentType": "text/plain;charset=utf-8", "data": data}}]


def of_read_back() -> list[Attack]:
    more = does(lambda body: body["content"].extend(_content("more")))
    fewer = does(lambda body: body["content"].pop() and None)
    unlabelled = does(lambda body: body["meta"].pop("security") and None)
    somebody = {"reference": "Patient/somebody"}
    lies = {
        "id-of-another": sets(id="somebody"),
        "other-type": sets(resourceType="Composition"),
        "other-text": sets(content=_content("Other")),
        "more-text": more,
        "less-text": fewer,
        "without-labels": unlabelled,
        "of-another-patient": sets(subject=somebody),
        "of-another-patient-elsewhere": sets(
            subject={"reference": "http://evil.test/fhir/Patient/1"}
        ),
        "with-an-extension": sets(modifierExtension=[{"url": "urn:not"}]),
    }
    return [
        *(Attack(name, harm, MISMATCH, ways=("write",)) for name, harm in lies.items()),
        Attack("gone", says(410, b""), UNAVAILABLE, ways=("write",)),
        Attack("absent", says(404, outcome("?")), UNAVAILABLE, ways=("write",)),
        Attack("absent-when-read", says(404, outcome("?")), REFUSED, ways=("read",)),
        Attack("another-when-read", sets(id="somebody"), MISMATCH, ways=("read",)),
    ]


def meta_version(version: object) -> Harm:
    def changed(body: Json) -> None:
        body["meta"] = {**body["meta"], "versionId": version}

    return does(changed)


def of_old_notes() -> list[Attack]:
    """What is read of a note that is to be amended or retracted."""
    ways = ("amend", "retract")
    foreign = [{"system": "urn:other", "value": "1"}]
    versions = {"none": "", "of-many-lines": '1"\r\nX-Evil: 1', "no-ascii": "١", "upwards": ".."}
    return [
        *(Attack(f"version-{n}", meta_version(v), REFUSED, ways=ways) for n, v in versions.items()),
        Attack("version-no-text", meta_version(7), UNAVAILABLE, ways=ways),
        Attack("version-of-another", meta_version("999"), UNAVAILABLE, ways=ways),
        Attack("not-ours", sets(identifier=foreign), MISMATCH, ways=ways),
        Attack("of-somebody", sets(subject={"reference": "Patient/x"}), MISMATCH, ways=ways),
        Attack("no-longer-there", says(410, b""), MISMATCH, ways=ways),
    ]


def replaces(**elements: object) -> Harm:
    def harm(scene: Scene) -> Iterator[bytes]:
        scene.ehr.shelf.put({**json.loads(scene.asked.body), **elements})
        yield Said().raw()

    return harm


def of_replacing() -> list[Attack]:
    return [
        Attack("undone-but-200", says(200, {}), UNAVAILABLE),
        Attack("undone-409", says(409, outcome("No.")), UNAVAILABLE),
        Attack("undone-412", says(412, outcome("Another version.")), UNAVAILABLE),
        Attack("undone-428", says(428, outcome("Say which version.")), REFUSED),
        Attack("with-other-words", replaces(description="Other"), MISMATCH),
    ]


def of_trails() -> list[Attack]:
    return [
        Attack("other-agents", sets(agent=[]), MISMATCH, ways=("write",)),
        Attack("other-target", sets(target=[{"reference": "Basic/1"}]), MISMATCH, ways=("write",)),
        Attack("absent", says(404, b""), UNAVAILABLE),
        Attack("id-of-another", sets(id="somebody"), MISMATCH),
    ]


def of_removing() -> list[Attack]:
    return [
        Attack("forbidden", says(405, outcome("No.")), MISMATCH),
        Attack("elsewhere", says(307, b"", Location="{stranger}/x"), MISMATCH),
        Attack("away", says(503, b""), UNAVAILABLE),
    ]


BY_CALL: dict[str, tuple[Attack, ...]] = {
    "Patient.read": tuple(of_patients()),
    "Patient.search": tuple(of_lists()),
    "DocumentReference.search": tuple(of_searches()),
    "DocumentReference.create": tuple(of_notes()),
    "DocumentReference.read": (*of_read_back(), *of_old_notes()),
    "DocumentReference.replace": tuple(of_replacing()),
    "DocumentReference.remove": tuple(of_removing()),
    "Device.search": tuple(links()),
    "Device.create": tuple(of_creates()),
    "Provenance.search": tuple(links()),
    "Provenance.create": tuple(of_creates()),
    "Provenance.read": tuple(of_trails()),
}
