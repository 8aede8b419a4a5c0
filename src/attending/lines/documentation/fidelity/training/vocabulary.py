"""Words that stand for each other in a note that is wrong: opposites, and others of a kind."""

# ruff: noqa: SIM905 - rows of words are easier to read than lists

from __future__ import annotations

DRUGS = tuple(
    "lisinopril metformin atorvastatin amlodipine metoprolol omeprazole losartan gabapentin "
    "hydrochlorothiazide sertraline simvastatin montelukast escitalopram rosuvastatin bupropion "
    "furosemide trazodone pantoprazole prednisone tramadol citalopram fluoxetine carvedilol "
    "meloxicam clopidogrel tamsulosin zolpidem warfarin alprazolam naproxen duloxetine glipizide "
    "venlafaxine spironolactone cetirizine allopurinol cyclobenzaprine clonazepam levothyroxine "
    "lorazepam ibuprofen acetaminophen aspirin amoxicillin azithromycin cephalexin doxycycline "
    "ciprofloxacin insulin albuterol fluticasone loratadine famotidine methotrexate colchicine "
    "diclofenac hydroxyzine hydralazine buspirone lamotrigine topiramate sumatriptan apixaban "
    "rivaroxaban glyburide pravastatin ezetimibe valsartan diltiazem verapamil digoxin "
    "nitroglycerin lasix tylenol motrin advil aleve zoloft prozac lexapro synthroid lipitor "
    "crestor plavix eliquis coumadin neurontin lyrica flexeril mobic celebrex percocet norco "
    "oxycodone hydrocodone benadryl claritin zyrtec flonase singulair ventolin advair nexium "
    "prilosec protonix pepcid humira enbrel farxiga jardiance januvia ozempic trulicity lantus "
    "norvasc toprol coreg cozaar diovan benicar zestril prinivil amitriptyline nortriptyline "
    "quetiapine risperidone aripiprazole tizanidine baclofen methocarbamol ketorolac "
    "dexamethasone methylprednisolone hydrocortisone triamcinolone ondansetron promethazine "
    "metoclopramide miralax senna docusate loperamide nystatin fluconazole acyclovir "
    "valacyclovir penicillin clindamycin bactrim nitrofurantoin levofloxacin vancomycin "
    "testosterone estradiol progesterone finasteride sildenafil tadalafil oxybutynin".split()
)
FINDINGS = tuple(
    "fever|chills|cough|chest pain|shortness of breath|nausea|vomiting|diarrhea|constipation|"
    "abdominal pain|headache|dizziness|fatigue|weight loss|night sweats|palpitations|edema|rash|"
    "joint pain|back pain|numbness|weakness|blurred vision|hearing loss|sore throat|"
    "nasal congestion|heartburn|dysuria|hematuria|insomnia|anxiety|depression|bleeding|swelling|"
    "tenderness|erythema|murmur|wheezing|rales|rhonchi|fracture|effusion|mass|infection|"
    "tingling|itching|syncope|seizures|bruising|stiffness|muscle aches|loss of appetite|"
    "urinary frequency|incontinence|difficulty swallowing|hoarseness|leg cramps|tremor".split("|")
)
CONDITIONS = tuple(
    "hypertension|diabetes|type 2 diabetes|asthma|copd|hypothyroidism|hyperthyroidism|"
    "congestive heart failure|coronary artery disease|atrial fibrillation|osteoarthritis|"
    "rheumatoid arthritis|osteoporosis|gout|anemia|migraine|epilepsy|stroke|kidney stones|"
    "chronic kidney disease|hepatitis|cirrhosis|pneumonia|bronchitis|sinusitis|"
    "urinary tract infection|hyperlipidemia|depression|anxiety|bipolar disorder|psoriasis|eczema|"
    "breast cancer|colon cancer|prostate cancer|lung cancer|lymphoma|glaucoma|cataracts|"
    "reflux|peptic ulcer|diverticulitis|crohn's disease|ulcerative colitis|pancreatitis|"
    "gallstones|sleep apnea|obesity|fibromyalgia|lupus|multiple sclerosis|parkinson's disease|"
    "dementia|neuropathy|carpal tunnel syndrome|sciatica|rotator cuff tear|meniscus tear|"
    "ankle sprain|plantar fasciitis|tendonitis|bursitis|deep vein thrombosis".split("|")
)
PLACES = tuple(
    "head neck shoulder arm elbow wrist hand finger thumb chest back hip thigh knee calf ankle "
    "foot toe abdomen groin eye ear nose throat jaw heel".split()
)
KIN = tuple("mother father sister brother son daughter grandmother grandfather aunt uncle".split())
UNITS = (
    ("days", "weeks", "months", "years", "hours"),
    ("day", "week", "month", "year", "hour"),
    ("mg", "mcg", "g", "ml", "units"),
    ("milligrams", "micrograms", "grams", "milliliters"),
    ("pounds", "kilograms", "ounces"),
    ("inches", "centimeters", "feet", "millimeters"),
    ("cm", "mm", "inches"),
)
TIMES = (
    ("daily", "weekly", "monthly"),
    ("once", "twice", "three times"),
    ("morning", "evening", "night", "afternoon"),
    ("yesterday", "today", "last week", "last month", "last year"),
    ("always", "never", "sometimes", "rarely"),
)
OPPOSITES = (
    ("denies", "reports"), ("denies", "endorses"), ("denied", "reported"), ("denies", "has"),
    ("positive", "negative"), ("normal", "abnormal"), ("unremarkable", "remarkable"),
    ("improved", "worsened"), ("improving", "worsening"), ("better", "worse"),
    ("stable", "unstable"), ("controlled", "uncontrolled"), ("increased", "decreased"),
    ("increase", "decrease"), ("elevated", "low"), ("high", "low"), ("with", "without"),
    ("tender", "nontender"), ("symmetric", "asymmetric"), ("regular", "irregular"),
    ("able", "unable"), ("mild", "severe"), ("acute", "chronic"), ("intact", "impaired"),
    ("present", "absent"), ("resolved", "persisting"), ("healthy", "unhealthy"),
    ("full", "limited"), ("good", "poor"), ("well", "poorly"), ("clear", "not clear"),
    ("compliant", "noncompliant"), ("tolerating", "not tolerating"), ("moist", "dry"),
    ("benign", "malignant"), ("soft", "rigid"), ("more", "less"), ("before", "after"),
    ("gained", "lost"), ("can", "cannot"), ("will", "will not"), ("likely", "unlikely"),
)  # fmt: skip
ACTIONS = (
    ("start", "stop"), ("started", "stopped"), ("continue", "discontinue"),
    ("continued", "discontinued"), ("increase", "decrease"), ("initiate", "discontinue"),
    ("initiated", "held"), ("prescribed", "discontinued"), ("continue", "stop"),
    ("resume", "hold"), ("begin", "stop"), ("taking", "no longer taking"), ("refill", "stop"),
    ("recommend", "advise against"), ("recommended", "advised against"), ("order", "cancel"),
    ("ordered", "cancelled"), ("avoid", "continue"), ("raise", "lower"),
)  # fmt: skip
SIDES = (
    ("left", "right"), ("upper", "lower"), ("medial", "lateral"), ("anterior", "posterior"),
    ("bilateral", "unilateral"), ("proximal", "distal"), ("bilaterally", "on the left"),
)  # fmt: skip
SEXES = (
    ("he", "she"), ("his", "her"), ("him", "her"), ("male", "female"), ("man", "woman"),
    ("mr.", "ms."), ("gentleman", "lady"), ("boy", "girl"), ("himself", "herself"),
)  # fmt: skip
