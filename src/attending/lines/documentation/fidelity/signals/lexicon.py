"""What patients call things, and what notes call them. One line a concept, first its name."""

from __future__ import annotations

from attending.lines.documentation.fidelity.signals.listed import listed

_SYNONYMS = """
dyspnea: shortness of breath | short of breath | sob | trouble breathing | difficulty breathing | breathless | breathlessness | catch my breath | catch her breath | catch his breath | catch your breath | winded | hard to breathe | out of breath | breathing problems | breathing difficulties | problems breathing | difficulties breathing | dyspnoea
pain: ache | aching | achy | hurt | hurting | sore | soreness | discomfort | painful | aches
palpitation: heart racing | racing heart | heart race | heart fluttering | fluttering | flutters | heart pounding | skipped beats | heart skipping
edema: swelling | swollen | swell | oedema | puffy | puffiness | swells
syncope: passing out | passed out | pass out | faint | fainting | fainted | black out | blacked out | lose consciousness | loss of consciousness | lost consciousness | blacking out | knocked out
dizziness: dizzy | lightheaded | lightheadedness | light headed | light headedness | woozy | room spinning | vertigo | light-headed
vomit: throw up | throwing up | threw up | thrown up | puke | puking | emesis | vomited | vomiting
nausea: nauseous | nauseated | queasy | sick to my stomach | sick to your stomach | upset stomach
fatigue: tired | tiredness | exhausted | exhaustion | low energy | no energy | run down | worn out | lack of energy | lethargic | lethargy
fever: febrile | high temperature | feverish | pyrexia | subjective fever
chills: chill | shivering | shivers
abdomen: belly | stomach | tummy | abdominal | gut | bellies
itch: itching | itchy | pruritus | itches | itchiness
rash: hives | skin eruption
urinate: urination | urine | urinating | pee | peeing | pees | urinary | void | voiding | urinates | bathroom
dysuria: burning with urination | burning when you pee | burn when you pee | pain with urination | burning when i pee | pain when you urinate | painful urination | burns when i pee | burning with peeing | pain while urinating | burning urination | burning when you urinate | pain when you pee | hurt when you pee | burning when peeing
hematuria: blood in your urine | blood in my urine | blood in the urine | blood in urine | bloody urine | blood in his urine | blood in her urine | blood when you urinate | blood when you pee | blood in your pee | blood in my pee
stool: stools | feces | fecal | poop | poops | pooping | bowel movement | bowel movements | defecation | defecate | bms | b m
hematochezia: blood in your stool | blood in my stool | blood in the stool | blood in stool | blood in stools | blood in your stools | bloody stool | bloody stools | blood in his stools | blood in her stools | rectal bleeding | blood in my stools
melena: black tarry stools | dark tarry stools | tarry stools | black stools | dark stools | black stool | dark stool | dark or tarry stools | dark black stools | tarry stool | tarry
diarrhea: loose stools | loose stool | watery stools | diarrhoea | the runs
constipation: constipated
heartburn: acid reflux | reflux | gerd | gastroesophageal reflux | gastroesophageal reflux disease | indigestion | dyspepsia
headache: headaches | head pain | cephalgia | head hurts
numb: numbness | numbing | lost feeling | loss of feeling | loss of sensation
tingle: tingling | pins and needles | paresthesia | paresthesias | paraesthesia
weak: weakness | weaker
cough: coughing | coughs | coughed
sputum: phlegm | mucus | productive cough | coughing up
congestion: congested | stuffy nose | nasal congestion | stuffiness | stuffy | stuffed up
rhinorrhea: runny nose | nose running | rhinorrhoea
sore throat: throat pain | scratchy throat | pharyngitis | throat hurts
insomnia: trouble sleeping | difficulty sleeping | problems sleeping | can not sleep | trouble falling asleep | sleep difficulty | sleep disturbance | not sleeping | hard to sleep
depress: depression | depressed | depressive | down in the dumps
anxiety: anxious | nervous | nervousness | worry | worried | anxiousness
chest pain: chest pains | angina | pain in your chest | pain in my chest | pain in the chest | pain in his chest | pain in her chest | chest pressure | chest discomfort | chest tightness
joint pain: arthralgia | joint pains | pain in your joints | pain in my joints | joint aches | aches in the joints
myalgia: muscle pain | muscle aches | muscle ache | body aches | muscle soreness | sore muscles | muscle pains | aching muscles
weight loss: lost weight | losing weight | lose weight | lost any weight | lost some weight | weight losses | dropped weight
weight gain: gained weight | gaining weight | gain weight | put on weight | putting on weight | gained any weight
vision: eyesight | visual | sight
dysphagia: difficulty swallowing | trouble swallowing | hard to swallow | problems swallowing | problem swallowing | swallowing difficulty | difficulties swallowing
erythema: redness | red | reddened | erythematous | reddish | flushed
ecchymosis: bruise | bruising | bruised | bruises | ecchymoses | black and blue
tender: tenderness | tender to palpation | tender to touch | hurt when i press | hurt when i push | pain to palpation | pain on palpation | hurts when i press
hypertension: high blood pressure | htn | hypertensive | elevated blood pressure
hypotension: low blood pressure
diabetes: diabetic | diabetes mellitus | sugar diabetes | dm
hyperlipidemia: high cholesterol | hypercholesterolemia | elevated cholesterol | dyslipidemia
asthma: asthmatic
copd: chronic obstructive pulmonary disease | emphysema
myocardial infarction: heart attack | heart attacks | mi
stroke: cerebrovascular accident | cva | strokes
congestive heart failure: chf | heart failure
coronary artery disease: cad | clogged arteries | blocked arteries
atrial fibrillation: afib | a fib | a-fib | atrial fib
chronic kidney disease: ckd | kidney disease | renal disease | renal insufficiency | renal failure | kidney failure
kidney stone: kidney stones | nephrolithiasis | renal stones | renal calculi | stones in your kidney | stones in my kidney | renal calculus | ureteral stone
kidney: renal | kidneys
liver: hepatic
heart: cardiac | cardio
lung: pulmonary | lungs
cancer: malignancy | carcinoma | tumor | malignant | tumour | cancerous | tumors | cancers | malignancies
fracture: broken | broke | break | fractured | fractures | broken bone
arthritis: osteoarthritis | arthritic
urinary tract infection: uti | bladder infection | urine infection
pneumonia: lung infection
seizure: seizures | convulsion | convulsions | epilepsy | fit | fits
surgery: operation | surgical | operated | surgeries | operations | surgically
smoke: smoking | smoker | cigarettes | cigarette | tobacco | smoked | smokes | packs a day | pack a day
alcohol: drinking alcohol | beer | wine | drinks alcohol | booze | liquor | alcoholic | beers
exercise: work out | working out | workout | exercising | workouts | gym | exercises
physician: doctor | provider | pcp | primary care provider | primary care physician | doctors | providers | physicians
fall: fell | falls | fallen | falling
appetite: hungry
menstruate: period | periods | menstrual | menses | menstruation
pregnant: pregnancy | expecting | gestation | pregnancies
allergy: allergic | allergies
thyromegaly: enlarged thyroid | large thyroid | thyroid enlargement | goiter | goitre | thyroid is enlarged | big thyroid
lymphadenopathy: swollen lymph nodes | enlarged lymph nodes | swollen glands | lymph nodes | lymph node | adenopathy | swollen lymph node
carotid bruit: carotid bruits | bruit | bruits
murmur: murmurs | heart murmur
wheeze: wheezing | wheezes | wheezy
rale: rales | crackles | crackle
rhonchi: rhonchus
jugular venous distention: jvd | jugular distention | jugular venous distension | neck veins
erect: erectile | erections | erection
eye: eyes | ocular
foot: feet
snore: snoring | snores
memory: forgetful | memory loss | forgetting | forget
hallucinate: hallucination | hallucinations
suicidal ideation: suicidal | suicidal thoughts | harming yourself | hurting yourself | hurt yourself | harm yourself | killing yourself | suicidal ideations | suicide | suicidal or homicidal ideation | suicidal or homicidal ideations
incontinence: bowel or bladder | loss of bowel or bladder | bladder or bowels | bowel or bladder problems | loss of bladder | loss of bowel or bladder function | losing control of your bladder | bladder or bowel | incontinent | bowels or bladder | bowel and bladder | bladder control | bowl or bladder
radiograph: x ray | x rays | xray | xrays | radiographs | plain films | radiographic | radiographically | x-ray | imaging
mri: magnetic resonance imaging | m r i
ct: cat scan | ct scan | c t | computed tomography | c t scan | cts | ct scans
echocardiogram: echo | echocardiography | ultrasound of your heart | ultrasound of the heart
electrocardiogram: ekg | ecg | e k g | e c g
laboratory: labs | lab | bloodwork | blood work | blood test | blood tests | lab work | labwork | lab tests
hemoglobin a1c: a1c | a 1 c | hba1c | a one c | hemoglobin a one c | hemoglobin a 1c | a 1c
glucose: sugar | sugars | blood sugar | blood sugars | blood glucose
oxygen saturation: o2 sat | o2 saturation | pulse ox | spo2 | oxygen sat | o2 sats | sats
physical therapy: physical therapist | pt
inject: injection | injections | shot | shots | injected
prescribe: prescription | prescribed | prescriptions
medication: medicine | meds | drug | drugs | medications | medicines | med | pill | pills
refill: refills | refilled
nsaid: nsaids | anti inflammatory | anti inflammatories | non steroidal | nonsteroidal | antiinflammatory | non steroidal anti inflammatory | nonsteroidal anti inflammatory
steroid: steroids | corticosteroid | corticosteroids
antibiotic: antibiotics
inhaler: inhalers | puffer
anticoagulant: blood thinner | blood thinners | anticoagulation | anticoagulants
vaccine: vaccination | vaccinated | immunization | vaccinations | vaccines | immunizations | immunized | flu shot
colonoscopy: colonoscopies
endoscopy: egd | upper endoscopy | scope
biopsy: biopsies | biopsied
excise: excision | remove | removed | removal | took out | taken out | take out
bilateral: both | bilaterally
ambulate: walk | walking | ambulation | ambulatory | walks | ambulating | walked
elevate: high | elevated | raise | raised | higher | elevation
decrease: low | lower | decreased | reduce | reduced | reduction | diminished | decreasing | reducing
increase: increased | increasing | go up | went up | bump up
normal: unremarkable | within normal limits
improve: better | improved | improving | improvement | improves
worsen: worse | worsening | worsened | aggravated | exacerbated | exacerbate | aggravate | aggravates | exacerbates
job: work | occupation | working | employed | employment | works
hypothyroidism: underactive thyroid | low thyroid | hypothyroid
hyperthyroidism: overactive thyroid | hyperthyroid | graves disease
follow up: come back | see you back | return | see you again | see me again | follow-up | followup | follow ups | followed up | following up
evaluate: evaluation | assess | assessment | evaluated | check out | look at | exam | examine | examination
daily: once daily | every day | once a day | a day | per day | each day | qd
twice daily: twice a day | two times a day | bid | b i d | 2 times a day | two times daily | twice per day | 2 times daily | twice each day
sleep: slept | asleep | sleeping
night: nighttime | bedtime | overnight | nights | evening
swim: swimming
run: running | jog | jogging | runner | runs
child: children | kids | kid
diet: eating | food | foods | eat | nutrition | dietary | meal | meals | eats
salt: sodium | salty
hypokalemia: low potassium
anemia: anemic | anaemia | low blood count | low hemoglobin
laceration: cut | gash | lacerations
ulcer: wound | open sore | ulcers | ulceration
hernia: hernias
gallstone: gallstones | cholelithiasis
crepitus: grinding | crunching | crepitation
stiff: stiffness
deformity: deformed | deformities
range of motion: rom | full motion
rotator cuff: rotator cuffs
hearing loss: trouble hearing | difficulty hearing | hard of hearing
tinnitus: ringing in the ears | ringing in your ears | ringing in my ears
nosebleed: epistaxis | nose bleed | bloody nose | nosebleeds
bleed: bleeding | bleeds | blood loss | hemorrhage
jaundice: icterus | icteric | yellow skin | yellowing
confuse: confusion | disoriented | disorientation | confused
balance: unsteady | unsteadiness | imbalance | off balance
cramp: cramping | cramps
spasm: spasms
trauma: injury | injure | injured | accident | injuries | hurt myself | injuring
travel: trip | traveling | vacation | trips | travelled | travels
marijuana: weed | cannabis | pot
heart rate: hr | pulse | bpm
respiratory rate: rr | respirations | respiration
blood pressure: bp | blood pressures
mother: mom | mum | mommy | mama | mothers | moms
father: dad | daddy | papa | fathers | dads
grandmother: grandma | granny | grandmothers
grandfather: grandpa | granddad | grandfathers
husband: husbands
wife: wives
son: sons
daughter: daughters
brother: brothers
sister: sisters
maternal: mothers side | mother s side | moms side | mom s side
paternal: fathers side | father s side | dads side | dad s side
gallop: gallops | extra heart sounds | extra heart sound
illicit drug: recreational drug | recreational drugs | illicit drugs | drug use | illegal drugs | street drugs
"""


def _read() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for line in _SYNONYMS.strip().splitlines():
        name, _, alternatives = line.partition(":")
        for phrase in (name, *alternatives.split("|")):
            found.setdefault(tuple(phrase.replace("-", " ").split()), name)
    return found


SYNONYMS: dict[tuple[str, ...], str] = _read()

# Complaints: what a patient reports or denies.
FINDINGS = frozenset(
    listed("""
    dyspnea palpitation edema syncope dizziness vomit nausea fatigue fever chills itch rash dysuria
    hematuria hematochezia melena diarrhea constipation heartburn headache numb tingle weak cough
    sputum congestion rhinorrhea insomnia depress anxiety myalgia dysphagia erythema ecchymosis
    wheeze seizure incontinence bleed jaundice confuse cramp spasm snore tinnitus nosebleed
    """)
) | {
    "sore throat",
    "chest pain",
    "joint pain",
    "weight loss",
    "weight gain",
    "suicidal ideation",
    "hearing loss",
}

# What a clinician finds, or not, on examination.
EXAMINED = frozenset(
    listed("""
    thyromegaly lymphadenopathy murmur rale rhonchi wheeze crepitus deformity jaundice hernia gallop
    clubb cyanos rebound guard rub hepatomegaly splenomegaly exudate nystagmus
    """)
) | {"carotid bruit", "jugular venous distention"}

# What a clinician diagnoses.
CONDITIONS = frozenset(
    listed("""
    asthma copd stroke cancer fracture arthritis pneumonia seizure anemia hernia gallstone
    hypothyroidism hyperthyroidism hypertension hypotension diabetes hyperlipidemia bronchit sinusit
    appendicit cellulit osteomyelit sprain strain tendin bursit neuropath gout migrain meningit
    pancreatit cholecystit diverticulit colit gastrit esophagit lymphoma leukemia melanoma embol
    thrombos infection radiculopath sepsis ulcer
    """)
) | {
    "myocardial infarction", "congestive heart failure", "coronary artery disease",
    "atrial fibrillation", "chronic kidney disease", "kidney stone", "urinary tract infection",
}  # fmt: skip
