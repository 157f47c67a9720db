"""Closed lists about where things are."""

from conflictdb.vocabularies.base import Vocabulary, term


class Region(Vocabulary):
    """The world's regions as the Uppsala Conflict Data Program divides it."""

    AFRICA = term("africa", "Africa", "Africa and its islands, without Egypt.", ucdp="Africa")
    AMERICAS = term(
        "americas",
        "Americas",
        "North, Central and South America, the Caribbean and Greenland; Antarctica counts here.",
        ucdp="Americas",
    )
    ASIA = term(
        "asia",
        "Asia",
        "Asia without the Middle East, Russia, the Caucasus and Cyprus; Oceania counts here.",
        ucdp="Asia",
    )
    EUROPE = term("europe", "Europe", "Europe, all of Russia, the states of the Caucasus and Cyprus.", ucdp="Europe")
    MIDDLE_EAST = term(
        "middle_east", "Middle East", "Egypt, Iran, Israel, Turkey and the Arab states of Asia.", ucdp="Middle East"
    )


class PlacePrecision(Vocabulary):
    """How closely a place is known, from the finest to none. A point coarser than "exact" stands for its area."""

    EXACT = term("exact", "Exact place", "The named place itself.", ucdp="1", acled="1", gtd="1")
    NEAR = term("near", "Near a place", "Within about 25 km of the named place.", ucdp="2", acled="2")
    DISTRICT = term(
        "district",
        "District",
        "Somewhere in a second-order division; its point stands in.",
        ucdp="3",
        acled="3",
        gtd=("2", "3"),  # in a town or not: both stand for the smallest division that could be placed
    )
    PROVINCE = term(
        "province",
        "Province",
        "Somewhere in a first-order division; its point stands in.",
        ucdp="4",
        acled="3",
        gtd="4",
    )
    AREA = term("area", "Line or fuzzy area", "Along a road, border or river, or in a vaguely named area.", ucdp="5")
    COUNTRY = term("country", "Country", "Somewhere in the country.", ucdp="6", gtd="5")
    SEA_OR_AIR = term("sea_or_air", "Sea or air", "In international waters or airspace.", ucdp="7")
    COUNTRIES = term("countries", "Several countries", "Spread over, or somewhere in, more than one named country.")
    UNKNOWN = term("unknown", "Unknown", "No source that was read says where.")
