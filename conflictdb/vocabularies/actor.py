"""Closed lists about actors."""

from conflictdb.vocabularies.base import Vocabulary, term


class ActorKind(Vocabulary):
    """What kind of party an actor is. ACLED counterparts are its ``inter`` codes, PLOVER's its sector codes."""

    STATE = term("state", "State", "A state as such, where no organ of it is named.")
    GOVERNMENT = term("government", "Government", "A state's government or one of its civilian organs.", plover="GOV")
    STATE_FORCES = term(
        "state_forces",
        "State forces",
        "Armed forces or police of a state, at home or abroad.",
        acled=("1", "8"),
        plover="MIL",
    )
    REBEL_GROUP = term(
        "rebel_group", "Rebel group", "An organised armed group that fights a government.", acled="2", plover="REB"
    )
    MILITIA = term(
        "militia",
        "Militia",
        "An armed group that is neither a state's own forces nor a rebel group.",
        acled=("3", "4"),
        plover="PRM",
    )
    COALITION = term("coalition", "Coalition", "Several actors that act, or are spoken of, as one.")
    CIVILIANS = term(
        "civilians",
        "Civilians",
        "People who take no part in fighting, including protesters.",
        acled=("5", "6", "7"),
        plover="CVL",
        ucdp="Civilians",
    )
    INTERNATIONAL_ORGANISATION = term(
        "international_organisation", "International organisation", "A body of several states or its forces.", acled="8"
    )
    MONITOR = term(
        "monitor", "Monitor", "An organisation that observes and reports: a war monitor, a research project."
    )
    MEDIA = term("media", "Media", "A publisher of news.", plover="JRN")
    PARTY = term("party", "Political party or movement", "A political organisation, armed or not.", plover="PTY")
    PERSON = term("person", "Person", "One named human being.")
    UNIDENTIFIED = term(
        "unidentified", "Unidentified", "A party that sources mention without telling who it is.", acled="3"
    )
    OTHER = term("other", "Other", "None of the above, or not coded.")


class AliasKind(Vocabulary):
    """In what way another name names the same actor."""

    ALTERNATIVE = term("alternative", "Alternative name", "Another name or spelling in use.")
    ACRONYM = term("acronym", "Acronym", "The name's initials.")
    FORMER = term("former", "Former name", "A name that the actor no longer uses.")
    TRANSLITERATION = term("transliteration", "Transliteration", "The name written from another script.")
    TRANSLATION = term("translation", "Translation", "The name in another language.")


class RelationKind(Vocabulary):
    """How the subject of a relation stands to its object."""

    PART_OF = term("part_of", "Part of", "The subject belongs to the object.")
    BACKED_BY = term("backed_by", "Backed by", "The object arms, funds, trains or steers the subject.")
    ALLIED_WITH = term("allied_with", "Allied with", "The two act together without one steering the other.")
    SPLINTER_OF = term("splinter_of", "Splinter of", "The subject broke away from the object.")
    SUCCESSOR_OF = term("successor_of", "Successor of", "The subject took the object's place.")
    LEADS = term("leads", "Leads", "The subject heads or commands the object.")
    INFLUENCES = term("influences", "Influences", "The subject sways what the object does, without commanding it.")
    OPPOSED_TO = term("opposed_to", "Opposed to", "The two are in conflict.")


class Role(Vocabulary):
    """What an actor was in an incident. Sides a and b are an order of naming, never of guilt."""

    INITIATOR = term(
        "initiator", "Initiator", "Acted first, or carried the act out, according to the claims.", gdelt="Actor1"
    )
    TARGET = term("target", "Target", "Was aimed at.", gdelt="Actor2")
    SIDE_A = term("side_a", "Side A", "First side as the dataset lists it.", ucdp="side_a", acled="actor1")
    SIDE_B = term("side_b", "Side B", "Second side as the dataset lists it.", ucdp="side_b", acled="actor2")
    VICTIM = term("victim", "Victim", "Suffered harm.")
    SUPPORTER = term(
        "supporter", "Supporter", "Supported another participant.", acled=("assoc_actor_1", "assoc_actor_2")
    )
    PRESENT = term("present", "Present", "Was there; no more is said.")
