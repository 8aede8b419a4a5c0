"""The words of clinical English that change what a sentence says about a concept in it.

After NegEx and ConText (Chapman 2001, Harkema 2009): each phrase has a meaning and a side on
which it works. A longer phrase wins over a shorter one that it holds, so a phrase of meaning
``NOTHING`` takes a false friend out of the way ("no increase"). The words of one phrase that
stand between bars are alternatives.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import product


class Cue(StrEnum):
    """What a phrase means for the concepts on its side."""

    DENIED = "denied"  # "no", "denies": what follows is not so
    DENIED_AFTER = "denied_after"  # "was negative": what stands before is not so
    GONE_AFTER = "gone_after"  # "resolved": what stands before was so
    NOT = "not"  # "not", "does not": what follows, if it is near
    NOTHING = "nothing"  # a false friend
    AFFIRMED = "affirmed"  # "positive for": ends a negation
    UNCERTAIN = "uncertain"
    UNCERTAIN_AFTER = "uncertain_after"
    PAST = "past"  # "history of", "status post"
    FORMER = "former"  # "previous", "known": what follows, if it is near
    PAST_AFTER = "past_after"  # "in the past", "years ago"
    PRESENT = "present"  # "presents with", "today": ends the past
    CONDITION = "condition"  # "return if": what may come
    OTHER = "other"  # the patient's mother
    END = "end"  # "but", "however": ends what was said before


_PHRASES: dict[Cue, str] = {
    Cue.DENIED: """
        is|was|were|are|came|been|back negative for; came back negative for; ruled out; rules out; no; never; none; denies; denied; deny; denying; without; absent; negative for; -ve for;
        neg for; free of; absence of; lack of; lacks; lacked; lacking; nor; neither; negative;
        no evidence of|for; no sign|signs of; no signs or symptoms of; no symptoms of;
        no history of; no prior|previous|past; no prior|previous|past history of; no known;
        no known history of; denies|denied any history of; denies|denied history of; no family history of; no new; no further; no other; no significant; no obvious;
        no definite; no findings of|to; no finding of; no suggestion of; no suspicious; no acute;
        no complaints|complaint of; no indication of|for; no focal; no active;
        no radiographic evidence of; no ct evidence of; no mammographic evidence of;
        no abnormal; no apparent; no convincing evidence of; no clear evidence of;
        without evidence|sign|signs|any|significant|obvious|further|other of;
        without evidence of; without any evidence of; without sign|signs of; without any;
        fails|failed to reveal|show|demonstrate; rules|ruled|rule out|him out for|her out for;
        unremarkable for; not have|having|had|has;
        does|did|do not have|complain|report|show|reveal|demonstrate|give;
        doesn't|didn't|don't|hasn't|haven't|hadn't have|had|show|reveal|report|describe|demonstrate;
        not|never had|been|developed|experienced|noted|noticed|complained of; never had; not had;
        not demonstrate|show|reveal|suggest|support|identify|appreciate|see|feel|hear|detect;
        not demonstrate any evidence of; not show any; not reveal any; not suggestive|indicative of;
        not consistent with; inconsistent with; not associated with; not complain of;
        not support a diagnosis of; not any; isn't|aren't|wasn't|weren't any; cannot see;
        not in any; nothing to suggest; not appear to have|be; not exhibit; not become;
        declined; declines; low suspicion for|of; low probability for|of; low likelihood of;
        rather than; versus no; resolution of; resolved; negative evidence of; not feel|felt;
        haven't had|noticed|been|experienced; hasn't had|noticed|been|experienced; no longer;
        didn't have|get|notice|see|feel; don't have|get|notice|see|feel|hear; free from; clear of;
        not known to have;
         zero; not experienced; not experiencing; not suffer|suffered from
    """,
    Cue.DENIED_AFTER: """
        is|was|were|are|been|also negative; came back negative; is|was|were|are|been ruled out;
        ruled out; is|was|were|are absent; absent; unlikely; is|are|was|were unlikely;
        is|was|are|were not seen|identified|present|found|noted|demonstrated|detected|visualized|evident;
        not seen|identified|present|found|noted|demonstrated|detected|visualized|appreciated|evident;
        cannot|can not be seen|identified; are|is|was|were denied; denied; is|was excluded; excluded;
        has|have been ruled out|excluded; not observed; negative; nil;
        none seen|noted|reported|present
    """,
    Cue.GONE_AFTER: """
        resolved; has|have|had resolved; is|was|were resolved; since resolved; now resolved;
        had|has|have subsided; subsided; has|had|have gone away; went away; disappeared; cleared;
        has|have|had cleared; appears|appear|seems to have|resolved resolved; completely resolved;
        have resolved; is|are gone; improved and resolved; self resolved; abated; ceased
    """,
    Cue.NOT: """
        is|are|was|were|been|be|has|have|had|did|does|do not; not; isn't; aren't; wasn't; weren't; don't; doesn't; didn't; hasn't; haven't; hadn't; can't;
        cannot; couldn't; won't; wouldn't; not been; not particularly; not terribly; not at all; unable
    """,
    Cue.NOTHING: """
        no increase; no increased; no change; no changes; no significant change; no interval change;
        no significant interval change; not only; not necessarily; is|was|are|were|does|did|do|has|have not only|necessarily|cause|change|changed; not certain if|whether; no doubt;
        not cause; not causing; not drain; not extend; not to exceed; without difficulty; not change;
        no longer|better|worse than; not changed; not sure; no further change; no problem; no problems;
        without problems|complication|complications|incident|limitation; gram negative; gram-negative;
        not rule|ruled out; cannot rule|exclude out; not excluded; not yet; no one; no matter; not know;
        negative stress; negative test; no suspicious change; no definite change; not treated;
        not tolerated; not tolerate; not resolved; not improved; not improve; not resolve; not controlled;
        not well controlled; poorly controlled; no relief; without relief; not relieved; not responding;
        no improvement; without improvement; not fully; not completely; not entirely; not limited to;
        no more than; not more than; not much; not too bad; not always; not really better; not gone away;
        don't know; don't remember; not remember; not recall; don't think; no pain medication|medicine;
        year old; past few|several|two|three|week|day|days|weeks|month|months; no later than
    """,
    Cue.AFFIRMED: """
        positive for; +ve for; admits; admits to; reports; reported; complains of; complaining of;
        complained of; complaint of; complaints of; endorses; notable for; significant for; reveals;
        revealed; remarkable for; consistent with; compatible with; suggestive of; demonstrates;
        shows; showed; shown to have; found to have|be; found; noted to have|be; presents with;
        presented with; developed; secondary to; due to; experiencing; diagnosed with; has; had;
        does have; did have; with; because of; except for; other than; aside from; apart from;
        given; treated for; evidence of; she|he|patient has; now has; but has; still has; continues to have; as well as
    """,
    Cue.UNCERTAIN: """
        possible; possibly; probable; probably; likely; most likely; may be; might be; could be; may;
        may represent|reflect|indicate; might represent; could represent; cannot rule out; questionable;
        cannot exclude; can not exclude; cannot be excluded; can not rule out; question of; suspected;
        suspicious for; suspicion for|of; concern for; concerning for; concerned about|for; rule out;
        r/o; evaluate for; evaluation for|of; versus; vs; differential; differential diagnosis; suggest;
        differential includes; worrisome for; suggestive of; suggests; suggesting; suspect; suspects;
        presumed; presumably; presumptive; appears to be; appear to be; seems to be; perhaps; maybe;
        consider; considering; consideration of; question; equivocal; equivocal for; borderline; think;
        raises|raised|raise the possibility|question of; possibility of; potential; potentially; thought to be;
        thought to represent; felt to be; felt to represent; likely represents; not certain; uncertain;
        unclear; unclear if|whether; not ruled out; not rule out; not excluded; compatible with; looks like;
        sounds like; assess for; to look for; looking for; check for; screen for; screening for
    """,
    Cue.UNCERTAIN_AFTER: """
        cannot be excluded|ruled; can not be excluded|ruled; not excluded; is|are|was possible; possible;
        is|are|was|were suspected; suspected; is|are likely; likely; is|are in the differential;
        is|was questionable; questionable; not ruled out; is|was considered; to be ruled out; probable;
        is|remains a possibility; has|have not been excluded; is not excluded; may be present; is unclear;
        is|was uncertain; vs; versus; is|are probable; is|was thought likely
    """,
    Cue.PAST: """
        no history of; no known history of; denies|denied history of; denies|denied any history of;
        no prior|previous|past; no prior|previous|past history of; family history of;
        no family history of; <years> history of; <years> history;
        history of; h/o; hx of; hx; history; past history of; past medical history of; medical history of;
        past medical history significant|positive|notable|remarkable for|of; past history; pmh; pmhx;
        medical history significant|positive|notable for; history significant|positive|notable for;
        past surgical history of; surgical history of; long history of; longstanding; long-standing;
        personal history of; known history of; prior history of; previous history of; remote history of;
        extensive history of; with a history of; history includes; history remarkable for;
        previously diagnosed; prior diagnosis of; previous diagnosis of; known to have; hx;
        used to; used to have; carries a diagnosis of;
        last year; last month; years ago; in the past; as a child; in childhood; since childhood;
        background of; multiple history of;
        diagnosed in; first diagnosed
    """,
    Cue.FORMER: """
        status post; s/p; status-post; previous; previously; prior; known; old; remote; former;
        formerly; chronic; ex; healed; unchanged; preexisting; pre-existing; quit; past
    """,
    Cue.PAST_AFTER: """
        in the past; years ago; year ago; months ago; month ago; weeks ago; week ago; ago; history;
        in <year>; since <year>; of <year>; last year; last month; as a child; in childhood; since childhood;
        repair in; repair; previously; in <date>; when he was; when she was;
        in remission; prior to; at age; unchanged; is unchanged; not changed; has|have not changed;
        redemonstrated; is|are again seen; again seen; for years;
        for many years; at that time; remotely; <year>
    """,
    Cue.PRESENT: """
        presents; presented; presents with; presented with; presenting; presenting with; today; now;
        currently; complains; complains of; complaint of; complaining of; complained of; at this time;
        this morning; admitted with|for|to; developed; develops; acute; new; new onset; recent; recently;
        on admission; on arrival; on exam; on examination; found to have; was found; brought in; brought;
        comes|came|coming in; comes|came|coming in with; chief complaint; who|and presents|presented; worsening; increasing; increased;
        <duration> history of; <duration> history; <duration> of; ongoing;
        over the last|past; for the last|past; x days; since yesterday; woke up; began; started; states
    """,
    Cue.CONDITION: """
        if; if any|there|he|she|you; return if|for|to; call if|for; should; if there is|are|was|were any;
        if you develop|have|notice; if he|she develops|experiences|has|notices; if there were; in case of;
        as if; as though; risk of|for; risks of; watch for; monitor for; look out for; precautions for;
        to prevent; prevention of; prophylaxis; prophylaxis for; in the event of; unless; return for|with;
        any signs or symptoms of; advised to call|return; instructed to call|return; notify; alert;
        will call; call also for; call for; would; could; going to; was going to; come back if; ways of;
        when|whenever you have; for any; as needed for; prn; prn for; p.r.n; p.r.n for; needed for; whether
    """,
    Cue.OTHER: """
        mother; father; mom; dad; mum; brother; brothers; sister; sisters; son; daughter; aunt; uncle;
        grandmother; grandfather; grandparents; grandma; grandpa; cousin; parents; parent; sibling;
        siblings; family history of; family history; fh; family; husband; wife; spouse; relatives;
        maternal; paternal; roommate; child; children; nephew; niece; mother's; father's; donor; partner
    """,
    Cue.END: """
        but; however; although; though; yet; nevertheless; except; except for; apart from; aside from;
        other than; which; who; whom; because; since; secondary to; due to; still; otherwise; besides;
        therefore; so; while; whereas; until; after; then; as the; even though; reason for;
        as a cause of; as a result; cause of; etiology for; trigger event for; despite; in spite of;
        where; when; that; although he; although she; in addition; instead
    """,
}


def _alternatives(phrase: str) -> Iterator[tuple[str, ...]]:
    yield from product(*(word.split("|") for word in phrase.split()))


@cache
def phrases() -> dict[str, dict[tuple[str, ...], tuple[Cue, ...]]]:
    """By first word: each phrase, as words, with what it may mean."""
    found: dict[str, dict[tuple[str, ...], tuple[Cue, ...]]] = {}
    for cue, text in _PHRASES.items():
        for phrase in text.replace("\n", " ").split(";"):
            for words in _alternatives(phrase.strip()):
                if words:
                    of_first = found.setdefault(words[0], {})
                    of_first[words] = (*of_first.get(words, ()), cue)
    return found
