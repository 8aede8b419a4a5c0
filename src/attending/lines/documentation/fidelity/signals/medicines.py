"""What common medicines are for, and the single doses that adults take of them.

One line a class: what it is for (as words of a note), then each medicine with its lowest and
highest usual single dose. Ranges are wide on purpose: outside one, a name and a dose do not
belong together. No dosing advice: it only doubts names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from attending.lines.documentation.fidelity.signals.words import words

_CLASSES = """
ace inhibitor | hypertension, blood pressure, heart failure, kidney | lisinopril 2.5-80 mg, enalapril 2.5-40 mg, ramipril 1.25-20 mg, benazepril 5-80 mg, captopril 6.25-150 mg, quinapril 5-80 mg
angiotensin blocker | hypertension, blood pressure, heart failure, kidney | losartan 12.5-100 mg, valsartan 20-320 mg, olmesartan 5-40 mg, irbesartan 75-300 mg, candesartan 4-32 mg, telmisartan 20-80 mg
calcium channel blocker | hypertension, blood pressure, angina, atrial fibrillation | amlodipine 2.5-10 mg, diltiazem 30-540 mg, nifedipine 10-120 mg, verapamil 40-480 mg
beta blocker | hypertension, blood pressure, heart, palpitations, atrial fibrillation, rate, migraine, tremor | metoprolol 12.5-400 mg, carvedilol 3.125-50 mg, atenolol 12.5-200 mg, propranolol 10-320 mg, bisoprolol 1.25-20 mg, labetalol 100-800 mg, nebivolol 2.5-40 mg
diuretic | edema, fluid, heart failure, hypertension, blood pressure | furosemide 10-400 mg, bumetanide 0.5-10 mg, torsemide 5-200 mg, hydrochlorothiazide 6.25-50 mg, spironolactone 12.5-200 mg, chlorthalidone 12.5-100 mg
alpha blocker | prostate, urination, hypertension, blood pressure | tamsulosin 0.4-0.8 mg, doxazosin 1-16 mg, terazosin 1-20 mg, prazosin 1-20 mg
statin | cholesterol, lipids, hyperlipidemia, ldl, coronary, cardiovascular | atorvastatin 5-80 mg, rosuvastatin 5-40 mg, simvastatin 5-80 mg, pravastatin 10-80 mg, lovastatin 10-80 mg
antiplatelet | heart, coronary, stent, stroke, pain, clot | aspirin 75-1000 mg, clopidogrel 75-600 mg, ticagrelor 60-180 mg, prasugrel 5-60 mg
anticoagulant | atrial fibrillation, clot, embolism, thrombosis, thinner | warfarin 0.5-15 mg, apixaban 2.5-10 mg, rivaroxaban 2.5-20 mg, dabigatran 75-300 mg, enoxaparin 20-200 mg
rhythm | atrial fibrillation, heart, rate, arrhythmia | digoxin 0.0625-0.5 mg, amiodarone 100-800 mg, flecainide 50-300 mg, sotalol 80-320 mg
diabetes | diabetes, glucose, a1c | metformin 250-2550 mg, glipizide 2.5-20 mg, glyburide 1.25-20 mg, glimepiride 1-8 mg, sitagliptin 25-100 mg, empagliflozin 10-25 mg, dapagliflozin 5-10 mg, canagliflozin 100-300 mg, pioglitazone 15-45 mg, liraglutide 0.6-3 mg, semaglutide 0.25-14 mg, dulaglutide 0.75-4.5 mg, insulin
thyroid | thyroid, hypothyroidism, tsh | levothyroxine 0.0125-0.3 mg, liothyronine 0.005-0.1 mg
antithyroid | hyperthyroidism, thyroid | methimazole 2.5-60 mg, propylthiouracil 50-600 mg
acid | reflux, heartburn, gastritis, ulcer, stomach, esophagitis, gallstones | omeprazole 10-40 mg, pantoprazole 20-80 mg, esomeprazole 20-40 mg, lansoprazole 15-60 mg, famotidine 10-40 mg, ranitidine 75-300 mg, sucralfate 500-2000 mg
nsaid | pain, inflammation, swelling, injury, arthritis, headache, fever, gout | ibuprofen 100-800 mg, naproxen 200-1000 mg, meloxicam 5-15 mg, diclofenac 25-150 mg, celecoxib 50-400 mg, indomethacin 25-150 mg, ketorolac 10-60 mg
analgesic | pain, fever, headache, injury | acetaminophen 160-1300 mg
opioid | pain, injury, fracture, surgery | tramadol 25-400 mg, oxycodone 2.5-80 mg, hydrocodone 2.5-100 mg, morphine 5-200 mg, codeine 15-60 mg, hydromorphone 1-32 mg
muscle relaxant | spasm, back, muscle, pain, neck | cyclobenzaprine 2.5-30 mg, methocarbamol 500-1500 mg, tizanidine 2-36 mg, baclofen 5-80 mg
nerve pain | neuropathy, nerve, pain, tingling, numbness, seizure, shingles | gabapentin 100-1200 mg, pregabalin 25-300 mg
antiseizure | seizure, epilepsy, migraine, mood, bipolar | levetiracetam 250-3000 mg, lamotrigine 12.5-400 mg, topiramate 12.5-400 mg, carbamazepine 100-1200 mg, valproic acid 125-2000 mg, phenytoin 50-400 mg
migraine | migraine, headache | sumatriptan 6-100 mg, rizatriptan 5-10 mg
antidepressant | depression, anxiety, mood, panic, sleep, neuropathy | fluoxetine 10-80 mg, sertraline 12.5-200 mg, escitalopram 2.5-20 mg, citalopram 10-40 mg, paroxetine 10-60 mg, venlafaxine 25-225 mg, duloxetine 20-120 mg, bupropion 75-450 mg, trazodone 25-400 mg, mirtazapine 7.5-45 mg, amitriptyline 10-150 mg, buspirone 5-60 mg
benzodiazepine | anxiety, panic, sleep, seizure | alprazolam 0.25-4 mg, lorazepam 0.5-4 mg, clonazepam 0.25-4 mg, diazepam 2-20 mg
sleep | sleep, insomnia | zolpidem 5-12.5 mg, melatonin 0.5-20 mg
antipsychotic | mood, bipolar, schizophrenia, psychosis, agitation | quetiapine 12.5-800 mg, risperidone 0.25-6 mg, aripiprazole 2-30 mg, olanzapine 2.5-20 mg, haloperidol 0.5-20 mg, lithium 150-1200 mg
stimulant | attention, adhd | methylphenidate 5-72 mg, amphetamine 2.5-60 mg, atomoxetine 10-100 mg
antibiotic | infection, bacterial, sinusitis, pneumonia, cellulitis, strep, urinary tract infection, lyme, bite, ulcer, wound, dental, acne, bronchitis | amoxicillin 125-2000 mg, azithromycin 250-1000 mg, doxycycline 20-200 mg, cephalexin 250-1000 mg, ciprofloxacin 100-750 mg, levofloxacin 250-750 mg, clindamycin 150-900 mg, nitrofurantoin 50-100 mg, metronidazole 250-2000 mg, penicillin 125-1000 mg, vancomycin 125-2000 mg, cefdinir 125-600 mg, minocycline 50-200 mg
antiviral | herpes, shingles, influenza, cold sore, virus | acyclovir 200-800 mg, valacyclovir 500-2000 mg, oseltamivir 30-150 mg
antifungal | fungal, yeast, thrush, athlete | fluconazole 50-800 mg, terbinafine 125-500 mg, nystatin
steroid | inflammation, asthma, allergy, injection, swelling, rash, pain, lung, copd, knee, joint, arthritis, transplant | prednisone 1-80 mg, methylprednisolone 2-125 mg, dexamethasone 0.5-40 mg, triamcinolone, cortisone, hydrocortisone, clobetasol, betamethasone, fluticasone, budesonide, mometasone
bronchodilator | asthma, wheezing, breath, copd, cough, lung, bronchitis | albuterol, ipratropium, albuterol and ipratropium, salmeterol, tiotropium, montelukast 4-10 mg
allergy | allergies, itching, hives, sneezing, congestion, rhinitis, anxiety | cetirizine 5-20 mg, loratadine 5-20 mg, fexofenadine 30-180 mg, diphenhydramine 12.5-100 mg, hydroxyzine 10-100 mg
vasodilator | hypertension, blood pressure, heart failure | hydralazine 10-100 mg, isosorbide mononitrate 10-240 mg, nitroglycerin 0.1-0.8 mg
gout | gout | allopurinol 50-800 mg, colchicine 0.3-1.8 mg, febuxostat 40-120 mg
erectile | erection, prostate, pulmonary hypertension | sildenafil 20-100 mg, tadalafil 2.5-40 mg
prostate | prostate, hair | finasteride 1-5 mg, dutasteride 0.5 mg
bone | osteoporosis, bone, fracture | alendronate 5-70 mg, risedronate 5-150 mg, denosumab 60-120 mg
immune | arthritis, transplant, lupus, psoriasis, crohn, colitis | methotrexate 2.5-25 mg, hydroxychloroquine 100-400 mg, tacrolimus 0.5-15 mg, azathioprine 25-250 mg, mycophenolate 180-1500 mg, adalimumab 20-160 mg
hormone cancer | breast, cancer | tamoxifen 10-40 mg, anastrozole 1 mg, letrozole 2.5 mg
nausea | nausea, vomiting, chemotherapy | ondansetron 4-24 mg, promethazine 12.5-50 mg, metoclopramide 5-20 mg
laxative | constipation, bowel, stool | docusate 50-300 mg, senna, bisacodyl 5-15 mg, polyethylene glycol 3350, psyllium
dementia | memory, dementia, alzheimer | donepezil 5-23 mg, memantine 5-28 mg
bladder | bladder, urination, urgency, incontinence | oxybutynin 2.5-30 mg, tolterodine 1-4 mg, mirabegron 25-50 mg
anaesthetic | numb, pain, injection, mouth, throat, topical | lidocaine
"""


@dataclass(frozen=True)
class Medicine:
    """``indications``: stems of what it is for. ``low`` to ``high``: mg at once; 0 if unknown."""

    name: str
    kind: str
    indications: frozenset[str]
    low: float
    high: float


@cache
def medicines() -> dict[str, Medicine]:
    """By generic name in lower case."""
    found = {}
    for line in _CLASSES.strip().splitlines():
        kind, indications, names = (part.strip() for part in line.split("|"))
        stems = frozenset(word.stem for word in words(indications) if word.stem)
        for entry in names.split(","):
            medicine = _medicine(entry.strip(), kind, stems)
            found[medicine.name] = medicine
    return found


@cache
def indications() -> frozenset[str]:
    """Every stem that some medicine is for."""
    return frozenset(stem for medicine in medicines().values() for stem in medicine.indications)


def _medicine(entry: str, kind: str, stems: frozenset[str]) -> Medicine:
    if not entry.endswith(" mg"):
        return Medicine(entry, kind, stems, 0, 0)
    name, _, dose = entry.removesuffix(" mg").rpartition(" ")
    low, _, high = dose.partition("-")
    return Medicine(name, kind, stems, float(low), float(high or low))
