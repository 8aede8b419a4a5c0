"""Names of medicines in text, from the dictionary of ``drug-named-entity-recognition``.

The dictionary is read from the package's data file. Importing the package itself builds
an index for fuzzy search that nothing here uses: 2.5 s and 310 MB instead of 0.3 s.
"""

from __future__ import annotations

import bz2
import pickle  # the package's own form  # nosec B403
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution

from attending.core.errors import Misconfigured

_PACKAGE = "drug-named-entity-recognition"
_FILE = "drug_named_entity_recognition/drug_ner_dictionary.pkl.bz2"
_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_ELECTROLYTES = frozenset({"potassium", "sodium", "calcium", "magnesium"})
_SHORTEST = 5  # shorter names in the dictionary are mostly codes: "agit", "sone"
_SHORT_NAMES = frozenset({"hctz", "zmax", "axid", "qvar", "tums", "asa"})

# In the dictionary, but in speech something else: what the body makes, what a laboratory
# measures, everyday words and first names; collected from public consultations.
_FALSE_FRIENDS = frozenset(
    {
        "agit", "aldosterone", "alkaline phosphatase", "all clear", "amino acids",
        "anesthetic", "angelica", "antibodies", "antibody", "bicarbonate", "buffers", "camila",
        "cardiolipin", "citrate", "cocaine", "collagenase", "cortisol", "cow's milk",
        "diamonds", "ecstasy", "estrogen", "eye drops", "ferritin", "folate", "formates",
        "generics", "growth hormone", "heroin", "histamine", "homocystine", "hormones",
        "immunoglobulin", "immunoglobulin a", "immunoglobulins", "indicators", "infecton",
        "laughing gas", "local anesthetic", "marijuana", "narcotics", "nasal spray",
        "nasal sprays", "opioids", "pituitary hormones", "polytrim", "proton pump", "renese",
        "rheumatoid factor", "rubbing alcohol", "sartan", "serotonin", "sleeping pills",
        "sodium oxalate", "sulfate", "sulfur", "sunscreen", "tarka", "thyroid gland",
        "uric acid", "vp 16", "whey protein",
    }
)  # fmt: skip

COMBINED = {  # products of two medicines, by the one they are spoken of as
    "lortab": "hydrocodone", "norco": "hydrocodone", "vicodin": "hydrocodone", "percocet": "oxycodone",
    "endocet": "oxycodone", "augmentin": "amoxicillin", "epiduo": "adapalene", "symbicort": "budesonide",
    "advair": "fluticasone", "combivent": "ipratropium", "janumet": "sitagliptin",
    "bactrim": "trimethoprim/sulfamethoxazole", "excedrin": "acetaminophen", "hyzaar": "losartan",
    "zestoretic": "lisinopril", "maxzide": "triamterene", "nyquil": "acetaminophen",
    "naprosyn": "naproxen", "entresto": "sacubitril",
}  # fmt: skip


@dataclass(frozen=True)
class Mention:
    """A medicine named in a text: as it is written, and its generic name."""

    written: str
    drug: str


@dataclass(frozen=True)
class _Dictionary:
    generics: dict[str, str]  # lower-case name to generic name
    common: tuple[str, ...]  # generic names of one word that patients are told about


@cache
def _dictionary() -> _Dictionary:
    """Raises Misconfigured if the package is absent."""
    try:
        path = distribution(_PACKAGE).locate_file(_FILE)
    except PackageNotFoundError:
        raise Misconfigured(
            "The dictionary of medicines is not installed.",
            remedy=f"Install {_PACKAGE} into this environment.",
        ) from None
    with bz2.open(str(path), "rb") as file:
        # A pinned package's own file: as trusted as its code.
        data = pickle.load(file)  # noqa: S301 - of a package pinned by its hash  # nosec B301
    named = data["drug_variant_to_canonical"].items()
    generics = {name: canonical[0] for name, canonical in named if _usable(name)}
    about = data["drug_canonical_to_data"]
    common = (name for name in set(generics.values()) if _common(name, about.get(name, {})))
    return _Dictionary(generics, tuple(sorted(common)))


def _common(name: str, facts: dict[str, object]) -> bool:
    """One word, and in the patient leaflets of MedlinePlus or the NHS."""
    told = "medline_plus_id" in facts or "nhs_url" in facts
    return told and name.isalpha() and _usable(name) and name not in _ELECTROLYTES


def _usable(name: str) -> bool:
    if name in _FALSE_FRIENDS or name.count(" ") > 1:
        return False
    return len(name) >= _SHORTEST or name in _SHORT_NAMES


def names() -> frozenset[str]:
    """Every name of a medicine that is known, in lower case."""
    return frozenset(_dictionary().generics)


def generic(name: str) -> str | None:
    """The generic name of a medicine, by any of its names in lower case; None if it is none."""
    return _dictionary().generics.get(name)


def drugs_in(text: str) -> tuple[Mention, ...]:
    """Medicines named in ``text``, in order; names of two words are preferred."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    names = _dictionary().generics
    found: list[Mention] = []
    index = 0
    while index < len(words):
        pair = " ".join(words[index : index + 2])
        name = pair if pair in names else words[index]
        if name in names:
            found.append(Mention(name, names[name]))
        index += 1 + name.count(" ")
    return tuple(found)


def spelled_right(text: str) -> bool:
    """Whether a medicine is named as it is written, combinations and hormones among them."""
    words = _WORD.findall(text.lower())
    common = _dictionary().common
    return bool(drugs_in(text)) or any(word in COMBINED or word in common for word in words)


def sounds_like(text: str) -> str | None:
    """The medicine that a mangled name may stand for ("loss artin": losartan), if any.

    Compares spellings without their blanks, so it is a hint for a listener, no more.
    """
    heard = re.sub(r"[^a-z]", "", text.lower())
    return next(iter(get_close_matches(heard, _dictionary().common, n=1, cutoff=0.75)), None)
