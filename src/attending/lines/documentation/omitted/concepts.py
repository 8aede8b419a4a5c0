"""Complaints, tests, referrals and red flags under the names that people and notes give them."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Concept:
    """A thing with one name for a reader; ``form`` finds it under any, ``broad`` in a note.

    A note may be shorter than the talk: ``broad`` also holds what would stand for it there.
    """

    name: str
    form: re.Pattern[str]
    broad: re.Pattern[str]


def _concept(name: str, said: str, also: str) -> Concept:
    """``said``: how people say it; ``also``: what in a note would stand for it besides."""
    return Concept(name, _form(said), _form(f"{said}|{also}"))


def _form(names: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{names})(?![\w-])", re.IGNORECASE)


# What must not be overlooked.
RED_FLAGS = (
    _concept(
        "chest pain",
        r"(?:chest|substernal) (?:pains?|pressure|tightness)|pain in (?:my|the|"
        r"your) chest|my chest (?:hurts|is tight)|tight(?:ness)? in (?:my|the) chest",
        r"angina\w*|chest \w+|chest|acs|cardiac",
    ),
    _concept(
        "thoughts of suicide",
        r"suicid\w*|kill(?:ing)? myself|hurt(?:ing)? myself|end(?:ing)? (?:my|"
        r"it all) life|do(?:n't| not) want to (?:live|be here)(?: anymore)?|"
        r"better off dead",
        r"self[- ]harm|si|suicidality|passive death wish",
    ),
    _concept(
        "blood in the stool",
        r"blood (?:\w+ ){0,2}(?:in|with) (?:my|the|your) (?:stools?|poop|"
        r"bowel movements?)|bloody (?:stools?|diarrhea)|"
        r"black,? (?:and )?tarry (?:stools?)?|black stools?|rectal bleeding|"
        r"bleeding from (?:my|the) (?:rectum|bottom)",
        r"hematochezia|melena|blood per rectum|brbpr|gi bleed\w*|stools?",
    ),
    _concept(
        "blood in the urine",
        r"blood in (?:my|the|your) (?:urine|pee)|bloody urine|peeing blood|"
        r"h(?:a)?ematuria",
        r"urine|urinat\w*",
    ),
    _concept(
        "coughing up blood",
        r"cough(?:ing|ed)? up (?:some |a little )?blood|h(?:a)?emoptysis",
        r"bloody sputum",
    ),
    _concept(
        "vomiting blood",
        r"(?:vomit(?:ing|ed)?|throw(?:ing)? up|threw up) (?:up )?(?:some )?blood|"
        r"h(?:a)?ematemesis",
        r"coffee[- ]ground\w*",
    ),
    _concept(
        "loss of consciousness",
        r"pass(?:ed|ing) out|faint(?:ed|ing)|black(?:ed|ing) out|los[et] consciousness|"
        r"syncop\w*",
        r"loss of consciousness|loc|pre-?syncop\w*",
    ),
    _concept(
        "slurred speech",
        r"slurr(?:ed|ing) (?:my )?(?:speech|words)",
        r"dysarthria|speech",
    ),
    _concept(
        "weakness of one side",
        r"weak(?:ness)? (?:on|in|of) (?:one|my (?:left|right)|the (?:left|right)) side|"
        r"face (?:was )?droop\w*|facial droop",
        r"hemiparesis|weak\w*|stroke|tia|droop\w*",
    ),
    _concept(
        "loss of vision",
        r"los(?:s of|t|ing) (?:my )?(?:vision|sight)|went blind|couldn't see",
        r"vision|visual|blind\w*",
    ),
    _concept(
        "weight loss without a reason",
        r"los(?:t|ing) (?:\w+ ){0,3}(?:weight|pounds|"
        r"kilos)(?: \w+){0,3} without (?:trying|a reason)|"
        r"unintentional(?:ly)? (?:weight loss|lost)",
        r"weight",
    ),
)

SYMPTOMS = (
    _concept(
        "shortness of breath",
        r"short(?:ness)? of breath|trouble breathing|hard to breathe|"
        r"difficulty breathing|out of breath|winded|breathless\w*|dyspn(?:o)?ea",
        r"sob|doe|breath\w*|respiratory|orthopnea|exertion\w*",
    ),
    _concept(
        "fever",
        r"fevers?|feverish|high temperature",
        r"febrile|pyrexia|temperature|constitutional",
    ),
    _concept(
        "vomiting",
        r"vomit(?:ing|ed)|throwing up|threw up",
        r"emesis|vomit\w*|nausea\w*",
    ),
    _concept(
        "diarrhea",
        r"diarrh(?:o)?ea|loose stools?|watery stools?",
        r"bowel\w*|stools?",
    ),
    _concept(
        "palpitations",
        r"palpitations?|heart (?:is |was |has been |keeps )?(?:racing|pounding|"
        r"flutter\w*|skipp\w*)",
        r"palpitat\w*|pounding|racing|irregular|fluttering",
    ),
    _concept(
        "dizziness",
        r"dizz(?:y|iness)|light-?headed(?:ness)?|vertigo|room (?:is |was )?spinning",
        r"dizz\w*|light-?headed\w*|vertigo\w*|presyncop\w*|spinning|unstead\w*|balance",
    ),
    _concept(
        "swelling of the legs",
        r"(?:swelling|swollen) (?:in|of) (?:my|the|your) (?:legs?|ankles?|feet|foot)|"
        r"(?:legs?|ankles?|feet) (?:are|is|were|have been|get) (?:\w+ )?(?:swollen|"
        r"swelling)",
        r"(?:o)?edema|swell\w*|swollen|fluid",
    ),
    _concept(
        "numbness",
        r"numb(?:ness)?|tingl(?:y|ing)|pins and needles",
        r"paresthesias?|neuropath\w*|sensation|numb\w*|tingl\w*|radicul\w*",
    ),
    _concept(
        "headaches",
        r"head-?aches?|migraines?",
        r"cephalgia|migrain\w*",
    ),
)

# The narrower before the wider: "a chest x-ray" is no other x-ray.
TESTS = (
    _concept(
        "a chest x-ray",
        r"chest x-?rays?|x-?rays? of (?:the|your) chest",
        r"x-?rays?|cxr|radiograph\w*|imaging",
    ),
    _concept(
        "an x-ray",
        r"x-?rays?",
        r"radiograph\w*|imaging|films?|cxr",
    ),
    _concept(
        "an MRI",
        r"mri|m r i",
        r"magnetic resonance|imaging|mr",
    ),
    _concept(
        "a CT",
        r"ct(?: scan)?|cat scan|c t scan",
        r"computed tomography|imaging|cta|ldct",
    ),
    _concept(
        "an ultrasound",
        r"ultrasounds?|sonogram|doppler",
        r"us|duplex|imaging|sonograph\w*|doppler\w*",
    ),
    _concept(
        "an echocardiogram",
        r"echo-?cardiograms?|echo",
        r"tte|tee|echo\w*",
    ),
    _concept(
        "an EKG",
        r"ekg|ecg|e k g|electrocardiogram",
        r"12[- ]lead|electrocardiogra\w*",
    ),
    _concept(
        "a stress test",
        r"(?:cardiac |nuclear )?stress tests?",
        r"stress \w+|treadmill",
    ),
    _concept(
        "a colonoscopy",
        r"colonoscop\w*",
        r"endoscop\w*|cologuard",
    ),
    _concept(
        "an endoscopy",
        r"endoscop\w*|egd",
        r"esophagogastroduodenoscopy|scope|colonoscop\w*",
    ),
    _concept(
        "a mammogram",
        r"mammogram\w*|mammograph\w*",
        r"breast imaging|breast",
    ),
    _concept(
        "a biopsy",
        r"biops\w*",
        r"patholog\w*|fna|aspirat\w*",
    ),
    _concept(
        "a hemoglobin A1c",
        r"(?:h(?:a)?emoglobin )?a ?(?:1|one) ?c",
        r"hba1c|hgb a1c|glycated|a1c|blood (?:tests?|work)|labs?",
    ),
    _concept(
        "a lipid panel",
        r"lipid (?:panel|profile)|lipids|cholesterol (?:panel|test|level)",
        r"cholesterol|lipids?|blood (?:tests?|work)|labs?",
    ),
    _concept(
        "a urine test",
        r"urinalysis|urine (?:test|sample|culture)|u a",
        r"ua|urin\w*|labs?",
    ),
    _concept(
        "a strep test",
        r"(?:rapid )?strep (?:test|swab)|throat swab",
        r"strep\w*|swab",
    ),
    _concept(
        "a sleep study",
        r"sleep study",
        r"polysomno\w*|sleep",
    ),
    _concept(
        "pulmonary function tests",
        r"pulmonary function tests?|pfts?|spirometry",
        r"pulmonary function|pft|spiromet\w*",
    ),
    _concept(
        "a nerve study",
        r"emg|nerve conduction(?: study| test)?",
        r"electromyogra\w*|nerve",
    ),
    _concept(
        "blood tests",
        r"blood ?work|blood tests?|lab ?work|labs|metabolic panel|cbc|blood count",
        r"labs?|laborator\w*|blood|cbc|cmp|bmp|panel|serolog\w*|levels?|workup|work-up|"
        r"studies|a1c|tsh|autoimmune|testing|tests?",
    ),
)

REFERRALS = (
    _concept(
        "physical therapy",
        r"physical therap\w*|physio\w*",
        r"pt|therapy|rehab\w*",
    ),
    _concept(
        "occupational therapy",
        r"occupational therap\w*",
        r"ot|therapy",
    ),
    _concept(
        "cardiology",
        r"cardiolog\w*|heart (?:doctor|specialist)",
        r"cardiac|cardio\w*",
    ),
    _concept(
        "dermatology",
        r"dermatolog\w*|skin (?:doctor|specialist)",
        r"derm",
    ),
    _concept(
        "neurology",
        r"neurolog\w*",
        r"neuro\w*",
    ),
    _concept(
        "orthopedics",
        r"orthop(?:a)?ed\w*|ortho",
        r"surge\w*|ortho\w*",
    ),
    _concept(
        "gastroenterology",
        r"gastroenterolog\w*|g ?i (?:doctor|specialist)",
        r"gi|gastro\w*",
    ),
    _concept(
        "nephrology",
        r"nephrolog\w*|kidney (?:doctor|specialist)",
        r"nephro\w*|renal",
    ),
    _concept(
        "urology",
        r"urolog\w*",
        r"uro\w*",
    ),
    _concept(
        "endocrinology",
        r"endocrinolog\w*",
        r"endocrin\w*",
    ),
    _concept(
        "oncology",
        r"oncolog\w*|cancer specialist",
        r"oncolog\w*|radiation|chemo\w*",
    ),
    _concept(
        "rheumatology",
        r"rheumatolog\w*",
        r"rheum\w*",
    ),
    _concept(
        "pulmonology",
        r"pulmonolog\w*|lung (?:doctor|specialist)",
        r"pulm\w*",
    ),
    _concept(
        "psychiatry",
        r"psychiatr\w*",
        r"psych\w*|behavioral health|mental health",
    ),
    _concept(
        "counseling",
        r"(?:a |your )?therapist|psycholog\w*|counsel(?:l)?(?:or|ing)",
        r"therap\w*|psych\w*|counsel\w*|cbt",
    ),
    _concept(
        "ophthalmology",
        r"ophthalmolog\w*|eye (?:doctor|specialist|exam)",
        r"ophthalm\w*|optometr\w*|eye",
    ),
    _concept(
        "a nutritionist",
        r"nutritionist|dietit?ici?an|diabetes educat\w*",
        r"nutrition\w*|diet\w*|educat\w*",
    ),
    _concept(
        "the hospital",
        r"admit you|admitted to the hospital|emergency (?:room|department) (?:now|today)",
        r"admi\w*|hospital\w*|emergency|ed|er",
    ),
)
