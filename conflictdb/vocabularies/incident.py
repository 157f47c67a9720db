"""Closed lists about incidents."""

from conflictdb.vocabularies.base import Vocabulary, term


class IncidentKind(Vocabulary):
    """What happened, as finely as the sources allow.

    ACLED: sub-event or event type; PLOVER: class and mode; UCDP: type; GTD: attack type.
    """

    STATE_BASED_VIOLENCE = term(
        "state_based_violence",
        "State-based violence",
        "Deadly force between a government and an armed group or state.",
        ucdp="1",
    )
    NON_STATE_VIOLENCE = term(
        "non_state_violence",
        "Non-state violence",
        "Deadly force between armed groups, none of them a government's.",
        ucdp="2",
    )
    ONE_SIDED_VIOLENCE = term(
        "one_sided_violence",
        "One-sided violence",
        "Deadly force by a government or armed group against civilians.",
        ucdp="3",
    )
    HOSTILITIES = term(
        "hostilities",
        "Series of hostilities",
        "Attacks and counter-attacks over a time, reported as one.",
        acled="Battles",
        plover="ASSAULT",
    )
    ARMED_ATTACK = term(
        "armed_attack",
        "Armed attack",
        "An attack with weapons, or a series of them, by one side.",
        plover="ASSAULT",
        gtd="2",
    )
    ARMED_CLASH = term(
        "armed_clash", "Armed clash", "Armed parties fight each other.", acled="Armed clash", plover="ASSAULT firearms"
    )
    AIR_OR_DRONE_STRIKE = term(
        "air_or_drone_strike",
        "Air or drone strike",
        "A strike from aircraft or drones.",
        acled="Air/drone strike",
        plover=("ASSAULT aerial", "ASSAULT drone"),
    )
    SHELLING = term(
        "shelling",
        "Shelling, artillery or missile attack",
        "Fire by guns, mortars, rockets or missiles from afar.",
        acled="Shelling/artillery/missile attack",
        plover="ASSAULT heavy-weapons",
    )
    STRIKE = term(
        "strike",
        "Strike by unstated means",
        "A strike from afar whose means the sources do not tell.",
        acled="Explosions/Remote violence",
        plover="ASSAULT",
    )
    BOMBING = term(
        "bombing",
        "Explosive, mine or IED",
        "A mine, improvised device or other planted explosive.",
        acled="Remote explosive/landmine/IED",
        plover="ASSAULT explosives",
        gtd="3",
    )
    SUICIDE_BOMBING = term(
        "suicide_bombing",
        "Suicide bombing",
        "An attacker dies by the explosive.",
        acled="Suicide bomb",
        plover="ASSAULT suicide-attack",
        gtd="3",
    )
    GRENADE = term(
        "grenade",
        "Grenade attack",
        "An attack with grenades.",
        acled="Grenade",
        plover="ASSAULT explosives",
        gtd="3",
    )
    CHEMICAL_ATTACK = term(
        "chemical_attack",
        "Chemical attack",
        "An attack with a chemical weapon.",
        acled="Chemical weapon",
        plover="ASSAULT unconventional",
    )
    ASSASSINATION = term(
        "assassination",
        "Targeted killing",
        "The killing of a chosen person.",
        plover="ASSAULT targeted",
        gtd="1",
    )
    VIOLENCE_AGAINST_CIVILIANS = term(
        "violence_against_civilians",
        "Violence against civilians",
        "An attack on people who take no part in fighting.",
        acled=("Violence against civilians", "Attack"),
        plover="ASSAULT",
    )
    SEXUAL_VIOLENCE = term(
        "sexual_violence",
        "Sexual violence",
        "Sexual violence by an armed party or a crowd.",
        acled="Sexual violence",
        plover="ASSAULT sexual",
    )
    ABDUCTION = term(
        "abduction",
        "Abduction",
        "People are taken or made to disappear.",
        acled="Abduction/forced disappearance",
        plover="ASSAULT abduct",
        gtd=("5", "6"),
    )
    PROTEST = term(
        "protest",
        "Protest",
        "A public gathering against something.",
        acled=("Peaceful protest", "Protest with intervention", "Excessive force against protesters"),
        plover="PROTEST demo",
    )
    RIOT = term(
        "riot", "Riot", "Violence by a crowd.", acled=("Violent demonstration", "Mob violence"), plover="PROTEST riot"
    )
    ARREST = term("arrest", "Arrests", "People are detained.", acled="Arrests", plover="COERCE arrest")
    DEPLOYMENT = term(
        "deployment",
        "Deployment or entry of forces",
        "Forces are moved in, raised or based somewhere.",
        acled="Headquarters or base established",
        plover="MOBILIZE troops",
    )
    TERRITORY_CHANGE = term(
        "territory_change",
        "Change of control",
        "Control of a place passes from one party to another.",
        acled=(
            "Government regains territory",
            "Non-state actor overtakes territory",
            "Non-violent transfer of territory",
        ),
    )
    AGREEMENT = term(
        "agreement",
        "Agreement or ceasefire",
        "Parties agree, or stop fighting.",
        acled="Agreement",
        plover=("AGREE", "RETREAT ceasefire"),
    )
    DESTRUCTION = term(
        "destruction",
        "Looting or destruction",
        "Property is taken or destroyed.",
        acled="Looting/property destruction",
        plover="ASSAULT destroy",
        gtd="7",
    )
    STATEMENT = term(
        "statement",
        "Threat, demand or statement",
        "Words with weight: a warning, a demand, a condemnation.",
        plover=("THREATEN", "REQUEST", "ACCUSE", "REJECT"),
    )
    OTHER = term(
        "other", "Other", "None of the above.", acled=("Other", "Change to group/activity", "Disrupted weapons use")
    )


class Weapon(Vocabulary):
    """What an attack was carried out with. PLOVER: mode; GTD: weapon type."""

    SMALL_ARMS = term("small_arms", "Small arms", "Rifles, pistols, machine guns.", plover="firearms", gtd="5")
    ARTILLERY = term("artillery", "Artillery", "Guns, howitzers and mortars.", plover="heavy-weapons")
    ROCKETS = term("rockets", "Rockets", "Unguided rockets.", plover="heavy-weapons")
    MISSILES = term("missiles", "Missiles", "Guided missiles.", plover="heavy-weapons")
    DRONES = term("drones", "Drones", "Unmanned aircraft, armed or used as the weapon.", plover="drone")
    AIRCRAFT = term("aircraft", "Aircraft", "Bombs or fire from crewed aircraft.", plover="aerial")
    EXPLOSIVES = term(
        "explosives",
        "Explosives",
        "Planted or carried explosives, mines, grenades.",
        plover="explosives",
        gtd="6",
    )
    ARMOUR = term("armour", "Armoured vehicles", "Tanks and other armoured vehicles.", plover="heavy-weapons")
    NAVAL = term("naval", "Naval weapons", "Weapons fired from ships.", plover="heavy-weapons")
    CHEMICAL = term("chemical", "Chemical weapons", "Toxic agents.", plover="unconventional", gtd="2")
    BLADES_AND_BLUNT = term(
        "blades_and_blunt",
        "Blades and blunt weapons",
        "Knives, machetes, clubs.",
        plover="primitive",
        gtd="9",
    )
    FIRE = term("fire", "Fire", "Arson and incendiaries.", gtd="8")
    VEHICLE = term("vehicle", "Vehicle", "A vehicle driven at people or things.", gtd="10")
    OTHER = term("other", "Other", "None of the above.", gtd="12")


class IncidentStatus(Vocabulary):
    """Where an incident stands in its life. Anonymous readers never see a draft."""

    DRAFT = term("draft", "Draft", "Being coded; not public.")
    PUBLISHED = term("published", "Published", "Public.")
    RETRACTED = term("retracted", "Retracted", "Withdrawn, with a reason; still readable under its address.")
