"""Closed lists about claims."""

from conflictdb.vocabularies.base import Vocabulary, term


class ClaimKind(Vocabulary):
    """What sort of thing a claim asserts."""

    TOLL = term("toll", "Toll", "How many people were killed, injured, missing, captured or displaced.")
    EVENT_COUNT = term("event_count", "Number of events", "How many times something happened.")
    OCCURRENCE = term("occurrence", "Occurrence", "That something happened, or how: by what means, where, when.")
    DAMAGE = term("damage", "Damage", "What was damaged or destroyed, and how badly.")
    RESPONSIBILITY = term("responsibility", "Responsibility", "Who did it: the named actor is held responsible.")
    MOTIVE = term("motive", "Motive", "Why it was done, or what it was meant as.")
    LINK = term("link", "Link", "That it is, or is not, connected with something else.")
    THREAT = term("threat", "Threat", "What will be done if; the named actor is threatened.", plover="THREATEN")
    DEMAND = term(
        "demand", "Demand", "What another party should do or stop; the named actor is asked.", plover="REQUEST"
    )
    CONDEMNATION = term(
        "condemnation",
        "Condemnation",
        "Disapproval of what was done; the named actor is disapproved of.",
        plover="ACCUSE",
    )
    RELATION = term("relation", "Relation", "How two actors stand to each other.")
    ASSESSMENT = term("assessment", "Assessment", "A judgement or forecast rather than a report.")


class Polarity(Vocabulary):
    """Whether a claim says that something is so, or that it is not."""

    ASSERTS = term("asserts", "Asserts", "Says that it is so. A claimed zero is an assertion: nobody was killed.")
    DENIES = term("denies", "Denies", "Says that it is not so.", plover="negation")


class Measure(Vocabulary):
    """What a toll counts. The unit is always people."""

    KILLED = term("killed", "Killed", "People who died.", ucdp=("best", "low", "high"), acled="fatalities")
    INJURED = term("injured", "Injured", "People who were hurt and did not die.")
    MISSING = term("missing", "Missing", "People whose whereabouts are not known.")
    CAPTURED = term("captured", "Captured", "People taken prisoner, hostage or detained.")
    DISPLACED = term("displaced", "Displaced", "People who had to leave their homes.")


class Victims(Vocabulary):
    """Whom a toll counts. Everyone holds all others; combatants hold the two sides."""

    EVERYONE = term("everyone", "Everyone", "All people, whoever they were.", ucdp=("best", "low", "high"))
    CIVILIANS = term("civilians", "Civilians", "People who took no part in fighting.", ucdp="deaths_civilians")
    COMBATANTS = term("combatants", "Combatants", "Members of armed forces or groups, of any side.")
    SIDE_A = term("side_a", "Side A's combatants", "Combatants of side a.", ucdp="deaths_a")
    SIDE_B = term("side_b", "Side B's combatants", "Combatants of side b.", ucdp="deaths_b")
    UNKNOWN = term(
        "unknown", "Of unknown status", "People of whom no source tells what they were.", ucdp="deaths_unknown"
    )


class ValueKind(Vocabulary):
    """What sort of number a claim gives. Zero, unknown and not reported are three different things."""

    NONE = term("none", "Not a number", "The claim is not about a number.")
    EXACT = term("exact", "Exact", "Low, best and high are the same; zero is a number.")
    AT_LEAST = term("at_least", "At least", 'Low is given, high is open. "More than 50" is coded as low 51.')
    AT_MOST = term("at_most", "At most", 'High is given; low is null or zero. "Fewer than 50" is coded as high 49.')
    ABOUT = term("about", "About", "Best is given; low and high only where the source bounds it.")
    RANGE = term("range", "Range", "Low and high are given; best where the source has one.")
    VAGUE = term(
        "vague", "Vague", 'Words such as "dozens" or "no significant"; numbers only where a codebook gives them.'
    )
    LOWEST_REPORTED = term(
        "lowest_reported",
        "Lowest reported",
        "The lowest of the numbers that the claimant found reported: low is given, best and high are open.",
        acled="fatalities",
    )
    UNKNOWN = term("unknown", "Unknown", "The claimant says that the number is not known.")
    NONE_REPORTED = term(
        "none_reported",
        "None reported",
        "The claimant found no figure reported, which is not a report of zero.",
        acled="fatalities 0",
    )


class ClaimStatus(Vocabulary):
    """Where a claim stands in its life. Only standing claims make figures; anonymous readers never see a draft."""

    DRAFT = term("draft", "Draft", "Being coded; not public, counts for nothing.")
    STANDING = term("standing", "Standing", "Upheld by its claimant, as far as the sources tell.")
    SUPERSEDED = term("superseded", "Superseded", "Replaced by a later claim of the same claimant, which is named.")
    RETRACTED = term("retracted", "Retracted", "Taken back by its claimant, or withdrawn by the editors.")


class AnswerKind(Vocabulary):
    """What a claim does to the claim that it answers."""

    CONFIRMS = term("confirms", "Confirms", "Says the same from a knowledge of its own.")
    DENIES = term("denies", "Denies", "Says that the other claim is not so.")
    CORRECTS = term("corrects", "Corrects", "Gives another figure or fact in place of the other's.")


class DisagreementKind(Vocabulary):
    """Why two standing claims about one incident cannot both be true."""

    TOLL = term(
        "toll", "Tolls apart", "The lowest number that one toll allows lies above the highest that the other allows."
    )
    DENIAL = term("denial", "Denial", "One says that it is so, the other that it is not.")
    RESPONSIBILITY = term("responsibility", "Responsibility", "Two different actors are held responsible.")
    ANSWER = term("answer", "Answer", "One denies or corrects the other in answer to it; nothing else sets them apart.")
