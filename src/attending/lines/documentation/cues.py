"""The words by which spoken sentences show what they are about.

Each cue is one pattern over ``Sentence.said`` (lower case, plain apostrophes). They were
written beside the validation dialogues of ACI-Bench and the PriMock57 consultations.
"""

from __future__ import annotations

import re


def _cue(*alternatives: str) -> re.Pattern[str]:
    return re.compile(r"(?<![\w-])(?:" + "|".join(alternatives) + r")(?![\w-])")


SYMPTOM = _cue(
    r"pain\w*", r"ache\w*", r"aching", r"hurt\w*", r"sore\w*", r"cough\w*", r"fevers?", r"chills",
    r"nausea\w*", r"vomit\w*", r"throw\w* up", r"diarrh?o?ea", r"constipat\w*", r"dizz\w*",
    r"light-?headed\w*", r"faint\w*", r"passed out", r"tired\w*", r"fatigue\w*", r"weak\w*",
    r"swell\w*", r"swollen", r"rash\w*", r"itch\w*", r"bleed\w*", r"blood in", r"bruis\w*",
    r"short(?:ness)? of breath", r"breath\w*", r"wheez\w*", r"palpitations?", r"headaches?",
    r"migraines?", r"numb\w*", r"tingl\w*", r"burning", r"cramp\w*", r"bloat\w*", r"heartburn",
    r"indigestion", r"appetite", r"weight (?:loss|gain)", r"los(?:t|ing) weight", r"gain\w* weight",
    r"my weight", r"sleep\w*", r"insomnia", r"anxi\w*", r"depress\w*", r"stress\w*", r"mood",
    r"sweat\w*", r"phlegm", r"mucus", r"sputum", r"congest\w*", r"runny nose", r"stuffy",
    r"throat", r"swallow\w*", r"vision", r"blurr\w*", r"hearing", r"urinat\w*", r"pee\w*",
    r"stools?", r"bowel\w*", r"discharge", r"stiff\w*", r"spasms?", r"limp\w*", r"lumps?",
    r"thirsty", r"energy", r"symptoms?", r"discomfort", r"pressure in", r"tight\w*", r"popping",
    r"injur\w*", r"fell", r"twist\w*", r"tender\w*", r"infect\w*", r"bringing anything up",
    r"flare\w*", r"incontinen\w*", r"wakes? me", r"snor\w*", r"memory", r"confus\w*", r"seizures?",
)  # fmt: skip

COURSE = _cue(
    r"started", r"began", r"(?:a|one|two|three|four|five|six|\d+|few|couple of?|several) "
    r"(?:\w+ )?(?:hours?|days?|weeks?|months?|years?)(?: ago)?", r"since", r"worse\w*", r"better",
    r"comes and goes", r"constant\w*", r"all the time", r"at night", r"every (?:day|night|morning)",
    r"in the mornings?", r"yesterday", r"last (?:night|week|month|year)", r"when i \w+",
    r"out of ten", r"on the (?:left|right)", r"left", r"right (?:side|arm|leg|knee|foot|hand)",
)  # fmt: skip

BODY = _cue(
    r"heads?", r"eyes?", r"ears?", r"nose", r"neck", r"chest", r"heart", r"lungs?", r"back",
    r"stomach", r"belly", r"abdomen", r"tummy", r"arms?", r"elbows?", r"wrists?", r"hands?",
    r"fingers?", r"shoulders?", r"hips?", r"legs?", r"knees?", r"ankles?", r"foot", r"feet",
    r"toes?", r"skin", r"kidneys?", r"liver", r"bladder", r"joints?", r"muscles?",
    r"blood pressure", r"blood sugars?",
)  # fmt: skip

GREETING = _cue(
    r"nice to (?:see|meet)", r"good to (?:see|meet|hear)", r"good (?:morning|afternoon|evening)",
    r"how are you", r"thank you", r"thanks", r"you're welcome", r"take care", r"have a (?:good|great|"
    r"nice|seat)", r"bye", r"see you (?:then|soon|later)", r"hey,? (?:dragon|siri)", r"dax",
    r"any (?:other )?questions", r"questions or concerns", r"sounds good", r"does that (?:sound|make)",
)  # fmt: skip

OPENING = _cue(
    r"what brings you", r"brings? you in", r"what(?:'s| is) going on", r"how can i help",
    r"what can i (?:do|help)", r"how are you (?:feeling|doing)", r"how have you been",
    r"what happened", r"tell me (?:about|a bit|a little|what|more)", r"what seems to be",
    r"how's it going", r"what's been", r"how are things",
)  # fmt: skip

ALLERGY = _cue(r"allerg\w*", r"anaphyla\w*", r"epi-?pen")

MEDICATION = _cue(
    r"medications?", r"medicines?", r"prescriptions?", r"tablets?", r"pills?", r"inhalers?",
    r"vitamins?", r"supplements?", r"over the counter", r"insulin",
)  # fmt: skip

FAMILY = _cue(
    r"(?:my|your) (?:mother|father|mom|mum|dad|brothers?|sisters?|parents|grand\w+|aunt|uncle)"
    r"(?:'s)? (?:\w+ )?(?:had|has|have|was|died|passed|got|is)", r"family history",
    r"runs? in (?:the|my|your) family", r"in (?:the|my|your) family",
)  # fmt: skip

PAST = _cue(
    r"diagnosed with", r"history of", r"medical history", r"(?<!need )(?<!want )surger(?:y|ies)", r"operations?",
    r"operated", r"(?:taken|took|had) (?:\w+ ){1,4}(?:out|removed)", r"years ago i had",
    r"when i was (?:a )?(?:kid|child|younger|\w+teen|twelve|eleven|ten|\d+)",
    r"i(?:'ve| have) (?:had|got) (?:\w+ )?(?:high blood pressure|hypertension|diabetes|asthma|"
    r"type (?:one|two|1|2)|cancer|arthritis)", r"health problems", r"medical (?:problems|conditions)",
    r"hospitali[sz]ed", r"vaccin\w*", r"immuni[sz]\w*", r"been managing", r"heart disease",
)  # fmt: skip

SOCIAL = _cue(
    r"smok\w*", r"cigarettes?", r"vap(?:e|ing)", r"packs? a day", r"alcohol", r"drink (?:beer|wine)",
    r"glass(?:es)? of wine", r"drugs\??", r"marijuana", r"cocaine", r"i (?:work|live|retired)",
    r"i'm (?:retired|married)", r"for a living", r"occupation", r"live (?:alone|with)",
)  # fmt: skip

RESULT = _cue(
    r"x-?rays?", r"mri", r"ct(?: scan)?", r"ultrasound", r"ekg", r"ecg", r"e k g", r"echo\w*",
    r"labs?", r"lab ?work", r"blood (?:tests?|work)", r"test results?", r"results?", r"urinalysis",
    r"a1c", r"hemoglobin", r"haemoglobin", r"creatinine", r"potassium", r"sodium", r"cholesterol",
    r"ldl", r"hdl", r"triglycerides", r"glucose", r"tsh", r"white (?:blood )?(?:cell )?count",
    r"platelets?", r"biopsy", r"colonoscopy", r"mammogram", r"endoscopy", r"pulmonary function",
    r"ejection fraction", r"bilirubin", r"liver (?:enzymes|function)", r"kidney function",
    r"pumping function",
)  # fmt: skip
RESULT_SAID = _cue(
    r"came back", r"shows?", r"showed", r"showing", r"reveal\w*", r"is", r"are", r"was", r"were",
    r"looks?", r"looked", r"normal", r"elevated", r"negative", r"positive", r"stable", r"i see",
)  # fmt: skip

EXAMINATION = _cue(
    r"(?:your|the) (?:\w+ ){0,2}(?:lungs?|heart|abdomen|belly|throat|ears?|skin|neck|chest|pupils|"
    r"reflexes|blood pressure|pulse|heart rate|temperature|oxygen\w*|respirat\w+|weight|height|"
    r"vitals?|vital signs|strength|gait|lymph nodes|knee|ankle|shoulder|foot|wrist|elbow|hip|back|"
    r"exam\w*|extremities|legs?|eyes|thyroid|tonsils|bmi|saturation|o2)(?: \w+){0,4}? "
    r"(?:is|are|looks?|sounds?|feels?|seems?|appears?|reads?|reading|has|have|was|were|shows?)",
    r"i (?:do |also |can |don't |do not |'m |am )*(?:hear|appreciate|see|seeing|feel|feeling|note|"
    r"notice|palpate|detect|hearing) (?:a|an|any|some|no|that|the|your|slight|mild|little|\d)",
    r"(?:no|some|mild|slight|moderate|good|normal|positive|negative|there is|there's) (?:\w+ ){0,2}"
    r"(?:tenderness|swelling|edema|erythema|ecchymosis|bruising|effusion|crackles|wheezing|wheezes|"
    r"rales|rhonchi|murmurs?|bruits?|lymphadenopathy|guarding|rebound|rash|range of motion|"
    r"redness|deformity|sensation|pulses|masses)",
    r"on (?:the |your )?(?:physical )?(?:exam|examination|palpation|auscultation)",
    r"clear to auscultation", r"tender to (?:palpation|touch)", r"pain (?:to|with|on) (?:palpation|"
    r"flexion|extension|range)", r"\d{2,3} (?:over|/) \d{1,3}", r"(?:beats|feet|breaths) per minute",
    r"(?:your )?(?:blood pressure|pulse|heart rate|temperature|weight|height)(?:'s)? \d+",
)  # fmt: skip

LOOKING = _cue(
    r"listen to", r"take a (?:quick )?(?:look|listen)", r"examine you", r"(?:let me|i'm gonna|i'm "
    r"going to|i'll|we'll|let's) (?:\w+ ){0,3}(?:check|measure|look|listen|feel|press|examine|see|"
    r"go over|go through|talk|pull|ask|bend|move|push|do (?:a |your )?(?:quick )?(?:physical )?exam)",
    r"physical exam", r"deep breath", r"lie down", r"lay down", r"step onto", r"take off",
    r"go ahead and (?:look|listen|check|examine)", r"want to (?:look|listen|examine|check your)",
    r"rest your arm", r"update your chart", r"answer (?:any|all)", r"pull up your", r"show me",
    r"(?:have|want|like) you (?:to )?(?:turn|bend|raise|lift|push|squeeze|lie|sit up|stand|breathe)",
    r"put some resistance", r"screening questions", r"few questions", r"review of systems sheet",
)  # fmt: skip

ASSESSMENT = _cue(
    r"i think (?:\w+ ){0,3}(?:you|your|it|it's|this|that|that's|we're dealing|the)", r"looks like",
    r"consistent with", r"most likely", r"likely", r"suspect", r"suspicious for", r"diagnosis",
    r"impression", r"(?:this|that|it) (?:is|could be|may be|might be|sounds like|seems)(?: probably)?",
    r"you(?:'ve| have)(?: got)? (?:a|an|some|what)", r"concerned (?:about|for|that)", r"side effect",
    r"(?:well|poorly|under|not) controll?ed", r"exacerbation", r"still too high", r"alarmingly",
    r"(?:slightly|a little|bit) (?:higher|lower|high|low|elevated)", r"evidence of", r"caused by",
    r"due to", r"is (?:stable|improving|doing well)", r"worried about", r"in remission",
    r"(?:strain|sprain|fracture|infection|arthritis|syndrome|failure|disease|itis)",
)  # fmt: skip

_DO = (
    r"(?:order|start|stop|prescribe|refer|send|give|repeat|increase|decrease|continue|schedule|add|"
    r"put|get|recheck|re-check|see you|follow|have you|switch|change|adjust|call|refill|set|arrange|"
    r"book|monitor|recommend|try|keep|treat|inject|obtain|draw|place|bump|begin|hold|run|test|"
    r"discontinue|write|restart|wean|bring you|make (?:a|an|the|some)|review the results|"
    r"do (?:a|an|some|the) (?:\w+ ){0,2}(?:x-?rays?|mri|ct|scan|blood|labs?|tests?|ultrasound|ekg|"
    r"injections?|culture|biopsy|panel)|touch base|proceed|consult|reduce|taper|screen|screening)"
)  # fmt: skip
PLAN = _cue(
    r"(?:i'm|i am|we're|we are|i|we) (?:just |also |then |really |still )*(?:going to|gonna|gon na|"
    r"will|want to|wanna|wan na|would like to|'d like to|would|can|could|should|need to|'ll) "
    rf"(?:\w+ ){{0,5}}?{_DO}",
    rf"(?:i'll|we'll|i'd like to|we'd like to|i'd) (?:\w+ ){{0,5}}?{_DO}",
    rf"let's (?:\w+ ){{0,4}}?{_DO}", r"(?:i want|i'd like|i would like|i need) (?:for )?you to",
    r"i (?:would|also|do)? ?(?:recommend|advise|suggest|prescribed)", r"follow(?:ing)?[ -]up (?:with|in|"
    r"as|appointment|visit|again)", r"(?:come|see me|see you|be) back", r"come in (?:in|again)",
    r"make sure (?:you|that you)", r"(?:try|remember) (?:to|not to)", r"avoid", r"call 911",
    r"(?:call|contact|let) (?:me|us|the office)", r"you(?:'ll| will| should| need| can| may|'re going|"
    r" are going)(?: also| just)? (?:to )?(?:need|take|use|start|stop|continue|apply|wear|rest|ice|"
    r"come|get|schedule|drink|fast|keep|go to|call|do|avoid|elevate|return|have (?:a|an|some))",
    r"(?:please|just) (?:keep|take|continue|stop|drink|use|rest|avoid|make)", r"if (?:\w+ ){1,12}"
    r"(?:call|come back|let (?:me|us)|go to|emergency)", r"physical therapy", r"refer(?:red|ring)? you", r"referral (?:to|for)",
    r"again in (?:\w+ ){1,3}(?:weeks?|months?|days?)", r"in the meantime", r"treatment plan",
)  # fmt: skip
ON_DRUG = _cue(
    r"(?:have|had|put) you on",
    r"you(?:'re| are|'ve been)(?: \w+)? (?:on|taking)",
    r"(?:he|she)(?:'s| is)"
    r" (?:on|taking)",
)
ORDER = re.compile(
    r"^(?:yes,? |no,? )?(?:take|stop|start|continue|keep taking|use|apply|drink|rest|avoid|call|come "
    r"back|return|schedule|try|ice|increase|decrease|follow up|do not|don't) (?!a look|off|your shoes|"
    r"a deep|care)"
)

PRESENTS = _cue(
    r"\d+[- ]year[- ]?old", r"presents? (?:today|here|with|for|to)", r"who(?:'s| is) here",
    r"(?:he|she) (?:is|was|has|reports?|denies|presents)",
)  # fmt: skip

OPEN = re.compile(r"^(?:what|when|where|which|who|how(?! about)|why|tell me|describe)")
YES_NO = re.compile(
    r"^(?:(?:yes|yeah|yep|yup|no|nope|nah|not|never|none|uh-uh|i do|i don't|i did|i didn't|i am|"
    r"i'm not|i have|i haven't|sometimes|occasionally|a little|a bit|kind of|maybe|correct|right|"
    r"exactly|absolutely|definitely|mm-hmm|that's right)\b[\s,.]*)+"
)
POLAR = re.compile(
    r"^(?:(?:okay|and|so|good|great|how about|what about|in terms of|also|alright|right|hmm)\b[\s,.]*)*"
    r"(?:any|are|is|was|were|do|does|did|have|has|had|can|could|would|you|no|ever|how about|what about|"
    r"fevers?|nausea|chest|"
    r"shortness|headaches?)\b"
)
JUDGES = _cue(
    r"i think",
    r"looks like",
    r"consistent with",
    r"suspect",
    r"side effect",
    r"diagnosis",
    r"still too high",
    r"alarmingly",
    r"most likely",
    r"likely",
    r"concerned (?:about|for|that)",
)
DIAGNOSES = re.compile(
    r"\b(?:i think|looks like|sounds like|suspect|diagnosis is)(?: that)? (?:this|it|it's|that's|you|"
    r"you've|you're|an?)\b(?!.*\b(?:good|great|fine|idea|right|should|question)\b)"
)
CONTINUES = re.compile(r"^(?:it|they|the pain|that)\b")
REACTION = re.compile(r"^(?:it|they|that|i (?:get|got|break|broke|had))\b")
TO_YOU = re.compile(r"\b(?:you|your|you're|you've|this test|these)\b")
FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|my|me|it's|mine)\b")
HEDGE_OR_DENY = re.compile(r"\b(?:no|not|never|none|n't|without|denies|deny)\b|n't\b")
