"""What notes and talk call by different names. General clinical English, no data set's."""

from __future__ import annotations

import re

STOP = frozenset(
    re.findall(
        r"[\w']+",
        """a an the and or but of to in on at by for with from as that this these those it its it's i
    i'm i've i'll i'd you you're you've you'll your yours he she they he's she's they're we we're
    we've we'll his her him them their our us me my is are was were be been being am do does did
    done doing has have had having will would can could should may might must shall so then than
    there there's here what what's which who whom whose when where how why if about into over out
    up down just also too very really quite well okay ok um uh uhm hmm mm yeah yes yep right all
    alright some any such other another each both only own same that's let's gonna wanna going go
    goes got get gets getting like know think thing things kind sort little bit lot guess mean see
    say said says tell told patient pt mr mrs ms dr doctor reports report reported states state
    stated notes note noted endorses endorse denies deny denied describes mentions currently today
    regarding medical reasoning treatment additional testing education counseling presents present
    who's oh hey hi hello thank thanks good great sure sounds look looks looking want wants""",
    )
)


def _as(concept: str, *names: str) -> tuple[re.Pattern[str], str]:
    return re.compile(r"\b(?:" + "|".join(names) + r")\b"), f" {concept} "


PHRASES: tuple[tuple[re.Pattern[str], str], ...] = (
    _as("leg", r"legs?", r"lower extremit(?:y|ies)"),
    _as("arm", r"arms?", r"upper extremit(?:y|ies)"),
    _as("back", r"lumbar", r"lower back", r"low back", r"back"),
    _as("follow", r"follow ?-?up", r"come back", r"see you (?:back|again)", r"return"),
    _as("dyspnea", r"short(?:ness)? of breath", r"(?:trouble|difficulty|hard time|problems?) "
        r"(?:with )?breathing", r"out of breath", r"breathless\w*", r"sob", r"winded",
        r"catch (?:my|your|his|her) breath"),
    _as("hypertension", r"high blood pressure", r"htn", r"hypertensive"),
    _as("hyperlipidemia", r"high cholesterol", r"hypercholesterol\w*", r"hyperlipid\w*",
        r"dyslipid\w*", r"hld"),
    _as("diabetes", r"diabetes mellitus", r"diabetic", r"dm", r"dmii", r"dm2", r"t2dm",
        r"type 2 diabetes"),
    _as("myocardial infarction", r"heart attacks?", r"mi"),
    _as("congestive heart failure", r"chf"),
    _as("coronary artery disease", r"cad"),
    _as("copd", r"chronic obstructive pulmonary disease", r"emphysema"),
    _as("gerd", r"acid reflux", r"reflux", r"heart ?burn", r"gastroesophageal reflux(?: disease)?"),
    _as("stroke", r"cva", r"cerebrovascular accident"),
    _as("atrial fibrillation", r"a ?-?fib", r"afib"),
    _as("nausea", r"nauseous", r"nauseated", r"sick to (?:my|your|his|her) stomach", r"queasy"),
    _as("vomit", r"thr(?:ow|ew|owing|own) up", r"emesis", r"vomit\w*"),
    _as("dizzy", r"light ?-?headed\w*", r"dizz\w*", r"vertigo", r"woozy"),
    _as("syncope", r"pass(?:ed|ing)? out", r"black(?:ed|ing)? out", r"faint(?:ed|ing)?",
        r"syncop\w*", r"los[st] consciousness", r"loss of consciousness"),
    _as("fatigue", r"tired\w*", r"fatigued?", r"exhaust(?:ed|ion)", r"no energy", r"low energy",
        r"worn out", r"wiped out", r"lethargy"),
    _as("edema", r"swell(?:ing|s)?", r"swollen", r"swelled", r"edema\w*", r"oedema\w*", r"puffy"),
    _as("erythema", r"redness", r"erythema\w*", r"red(?:dish)?"),
    _as("ecchymosis", r"bruis\w*", r"ecchymo\w*", r"black and blue"),
    _as("pruritus", r"itch\w*", r"prurit\w*"),
    _as("pyrexia", r"fevers?", r"febrile", r"temperatures?", r"pyrexia"),
    _as("abdominal", r"abdomen", r"belly", r"stomach", r"tummy"),
    _as("pain", r"painful", r"hurts?", r"hurting", r"aches?", r"aching", r"sore(?:ness)?", r"pains",
        r"discomfort", r"tender(?:ness)?"),
    _as("headache", r"headaches?", r"head (?:pain|hurts|aches)", r"cephalgia"),
    _as("numb", r"numb(?:ness)?", r"paresthesias?", r"tingl\w*", r"pins and needles"),
    _as("weak", r"weak(?:ness)?"),
    _as("diarrhea", r"diarrh\w*", r"loose stools?", r"the runs"),
    _as("constipation", r"constipat\w*"),
    _as("stool", r"bowel movements?", r"stools?", r"bm", r"poop\w*"),
    _as("urinat", r"urin\w*", r"pee\w*", r"void(?:ing)?", r"dysuria", r"micturition"),
    _as("hematuria", r"blood in (?:my|your|the|his|her) (?:urine|pee)", r"hematuria"),
    _as("hematochezia", r"blood in (?:my|your|the|his|her) stools?", r"bloody stools?",
        r"hematochezia", r"melena"),
    _as("palpitation", r"palpitat\w*", r"heart (?:racing|fluttering|pounding)", r"flutter\w*",
        r"racing heart"),
    _as("sputum", r"phlegm", r"mucus", r"sputum"),
    _as("rhinorrhea", r"runny nose", r"rhinorrh\w*"),
    _as("congest", r"stuffy nose", r"stuffed up", r"stuffiness", r"congest\w*"),
    _as("dysphagia", r"(?:trouble|difficulty|hard time|problems?) swallowing", r"dysphagia"),
    _as("insomnia", r"(?:trouble|difficulty|hard time|problems?) sleeping", r"can't sleep",
        r"insomnia"),
    _as("depress", r"depress\w*", r"feeling down", r"blues"),
    _as("anxiety", r"anxi\w*", r"nervous\w*", r"worr(?:y|ied|ies)"),
    _as("stress", r"stress\w*"),
    _as("cholecystectomy", r"gall ?bladder (?:was )?(?:taken out|removed|removal|surgery|out)",
        r"cholecystectomy"),
    _as("appendectomy", r"appendix (?:was )?(?:taken out|removed|removal|out)", r"appendectomy"),
    _as("hysterectomy", r"uterus (?:was )?(?:taken out|removed)", r"hysterectomy"),
    _as("nephrolithiasis", r"kidney stones?", r"nephrolithiasis", r"renal (?:stones?|calculi)"),
    _as("cholelithiasis", r"gall ?stones?", r"cholelithiasis"),
    _as("fracture", r"broke", r"broken", r"fractur\w*"),
    _as("xray", r"x ?-?rays?", r"radiographs?", r"plain films?"),
    _as("ecg", r"ekg", r"e ?k ?g", r"electrocardiogra\w*"),
    _as("echocardiogram", r"echo(?:cardiogra\w*)?"),
    _as("mri", r"m r i", r"magnetic resonance(?: imaging)?"),
    _as("ct", r"cat scans?", r"c t", r"computed tomography"),
    _as("a1c", r"h(?:a?e)?moglobin a ?1 ?c", r"hba1c", r"a ?1 ?c"),
    _as("cbc", r"complete blood count", r"blood counts?", r"c b c"),
    _as("lab", r"blood ?work", r"lab ?work", r"laborator\w*", r"labs", r"blood tests?"),
    _as("saturation", r"o2 sats?", r"oxygen (?:level|saturation)s?", r"spo2", r"pulse ox\w*",
        r"sats?"),
    _as("murmur", r"murmurs?"),
    _as("cigarette", r"smok\w*", r"cigarettes?", r"tobacco", r"vap(?:e|es|ing)"),
    _as("alcohol", r"drink(?:s|ing)?", r"drank", r"alcohol\w*", r"etoh", r"beers?", r"wine",
        r"liquor"),
    _as("hospital", r"hospitali[sz]\w*", r"inpatient", r"admitted", r"er", r"ed",
        r"emergency (?:room|department)"),
    _as("surgery", r"surger\w*", r"surgical\w*", r"operat(?:ion|ions|ed|ive)"),
    _as("prescri", r"prescri\w*", r"rx"),
    _as("medication", r"medicines?", r"meds?", r"medications?", r"pills?", r"drugs?"),
    _as("injection", r"shots?", r"inject\w*", r"jabs?"),
    _as("physical therapy", r"physiotherap\w*", r"physical therap\w*", r"p\.?t\.?"),
    _as("refer", r"refer\w*"),
    _as("increase", r"increas\w*", r"rais(?:e|ed|ing)", r"go(?:ing)? up on", r"bump(?:ed|ing)? up"),
    _as("decrease", r"decreas\w*", r"lower(?:ed|ing)?", r"reduc\w*", r"cut(?:ting)? (?:back|down)"),
    _as("start", r"initiat\w*", r"start\w*", r"began", r"begin\w*", r"begun", r"onset"),
    _as("stop", r"discontinu\w*", r"stop\w*", r"quit\w*", r"ceas\w*"),
    _as("continue", r"continu\w*", r"keep(?: on)?", r"kept"),
    _as("mother", r"moms?", r"mums?", r"mother"),
    _as("father", r"dads?", r"father"),
    _as("lung", r"lungs?", r"pulmonary"),
    _as("heart", r"hearts?", r"cardiac", r"cardiovascular", r"cardio"),
    _as("kidney", r"kidneys?", r"renal"),
    _as("liver", r"liver", r"hepatic"),
    _as("foot", r"feet", r"foot", r"pedal"),
    _as("neck", r"neck", r"cervical"),
    _as("skin", r"skin", r"integumentary", r"dermatolog\w*"),
    _as("mg", r"milligrams?", r"mgs"),
    _as("day", r"daily", r"days?", r"a day", r"per day", r"qd", r"every day"),
    _as("2 day", r"twice (?:a |per )?(?:daily|day)", r"bid", r"b\.i\.d\.?", r"2 times (?:a |per )?day"),
    _as("needed", r"prn", r"as needed", r"when (?:i|you|he|she) needs?(?: it)?"),
    _as("year", r"years?", r"yrs?"),
    _as("month", r"months?", r"mos?"),
    _as("week", r"weeks?", r"wks?", r"weekly"),
    _as("hour", r"hours?", r"hrs?"),
    _as("clear", r"clear"),
    _as("rom", r"ranges? of motion", r"rom"),
    _as("work", r"works?", r"jobs?", r"employ\w*", r"occupation\w*"),
    _as("exercis", r"exercis\w*", r"work(?:ing)? out", r"physical activity"),
    _as("allerg", r"allerg\w*", r"nkda"),
    _as("improv", r"better", r"improv\w*"),
    _as("worsen", r"worse\w*", r"exacerbat\w*", r"aggravat\w*"),
    _as("normal", r"unremarkable", r"normal\w*", r"fine", r"within normal limits"),
    _as("child", r"kids?", r"child\w*"),
)  # fmt: skip
