"""A made-up row of UCDP GED, and the way back from its records to the row, written without a look at the format."""

from hashlib import md5
from math import floor

from conflictdb.ingest.formats.ucdp_ged import UcdpGed
from conflictdb.ingest.records import Claim, Incident, Records

YOUNGER = [
    *("relid", "code_status", "where_description", "gwnoa"),
    *("conflict_dset_id", "dyad_dset_id", "side_a_dset_id", "side_b_dset_id"),
]

ROW = {
    "id": "900001",
    "relid": "FRE-2021-1-8002-7",
    "year": "2021",
    "active_year": "1",
    "code_status": "Clear",
    "type_of_violence": "1",
    "conflict_dset_id": "8001",
    "conflict_new_id": "8001",
    "conflict_name": "Freedonia: Government",
    "dyad_dset_id": "8002",
    "dyad_new_id": "8002",
    "dyad_name": "Government of Freedonia - Sylvanian Front",
    "side_a_dset_id": "8003",
    "side_a_new_id": "8003",
    "side_a": "Government of Freedonia",
    "side_b_dset_id": "8004",
    "side_b_new_id": "8004",
    "side_b": "Sylvanian Front",
    "number_of_sources": "1",
    "source_article": '"Freedonia Post,2021-03-02,Seven die at the mill"',
    "source_office": "Freedonia Post",
    "source_date": "2021-03-02",
    "source_headline": "Seven die at the mill",
    "source_original": "police",
    "where_prec": "1",
    "where_coordinates": "Old Mill village",
    "where_description": "by the mill",
    "adm_1": "North province",
    "adm_2": "Mill district",
    "latitude": "10.25",
    "longitude": "-20.5",
    "geom_wkt": "POINT (-20.5 10.25)",
    "priogrid_gid": "144320",
    "country": "Freedonia",
    "country_id": "990",
    "region": "Asia",
    "event_clarity": "1",
    "date_prec": "1",
    "date_start": "2021-03-01",
    "date_end": "2021-03-01",
    "deaths_a": "1",
    "deaths_b": "4",
    "deaths_civilians": "2",
    "deaths_unknown": "0",
    "best": "7",
    "high": "9",
    "low": "7",
    "gwnoa": "990",
    "gwnob": "",
}
ONE_SIDED = {"type_of_violence": "3", "side_b": "Civilians", "side_b_new_id": "1", "side_b_dset_id": "9999"}
PLACEHOLDERS = {
    "side_a": "XXX990",
    "side_a_new_id": "8009",
    "side_a_dset_id": "XXX990",
    "gwnoa": "",
    "side_b": "XXX990",
    "side_b_new_id": "8009",
    "side_b_dset_id": "XXX990",
    "gwnob": "",
    "conflict_dset_id": "XXX990",
    "dyad_dset_id": "1-XXX990",
}


def load(*rows: dict[str, str]) -> Records:
    """Read rows of one file, and have every column back that was read."""
    records, reader = Records(), UcdpGed()
    for row in rows:
        reader.add(row, records)
    for row, incident in zip(rows, records.incidents, strict=True):
        assert rebuilt(incident, records, row) == as_published(row)
    return records


def row_with(**changes: str) -> dict[str, str]:
    return {**ROW, **changes}


def read(**changes: str) -> tuple[Incident, Records]:
    records = load(row_with(**changes))
    return records.incidents[0], records


def named(incident: Incident) -> dict[str, Claim]:
    return {claim.name: claim for claim in incident.claims}


def digest(*words: str) -> str:
    return md5("\n".join(words).encode(), usedforsecurity=False).hexdigest()


# The inverse, written without looking into the module: from the records alone back to the row.


def rebuilt(incident: Incident, records: Records, row: dict[str, str]) -> dict[str, str]:
    """Write the columns that the row has, from its records only."""
    kept = incident.other_columns
    back = {**what_and_when(incident), **sides(incident, records), **counts(incident), **reports(incident, records)}
    back.update(where(incident))
    back.update({"relid": "", "active_year": "1"})
    back.update(kept)
    back = {**old_numbers(back), **back}
    has_status = bool(back["relid"])
    back.setdefault("code_status", "Clear" if has_status else "")
    back.setdefault("where_description", back["where_coordinates"] if has_status else "")
    return {column: back[column] for column in row if not column.startswith("_")}


def as_published(row: dict[str, str]) -> dict[str, str]:
    """Reduce what is kept but for its form, which is the layout's: days without a midnight behind them."""
    days = {column: row[column][:10] for column in ("date_start", "date_end")}
    return {column: days.get(column, text) for column, text in row.items() if not column.startswith("_")}


def what_and_when(incident: Incident) -> dict[str, str]:
    kinds = ["", "state_based_violence", "non_state_violence", "one_sided_violence"]
    precisions = ["", "day", "days", "week", "month", "year"]
    return {
        "id": incident.key.removeprefix("ucdp-ged:"),
        "year": str(incident.started_on)[:4],
        "type_of_violence": str(kinds.index(incident.kind)),
        "date_start": str(incident.started_on),
        "date_end": str(incident.ended_on),
        "date_prec": str(precisions.index(incident.date_precision)) if incident.date_precision in precisions else "",
        "event_clarity": "2" if "UCDP aggregates several events here." in incident.quality_note else "1",
    }


def where(incident: Incident) -> dict[str, str]:
    precisions = ["", "exact", "near", "district", "province", "area", "country", "sea_or_air"]
    north, east = incident.latitude, incident.longitude
    number = int(str(incident.country).removeprefix("gw:"))
    ends = {200: "Americas", 400: "Europe", 630: "Africa", 700: "Middle East", 1000: "Asia"}
    region = next(name for end, name in ends.items() if number < end)
    texts = [str(degrees).removesuffix(".0") for degrees in (east, north)]
    return {
        "where_prec": str(precisions.index(incident.place_precision)),
        "where_coordinates": incident.place_name,
        "adm_1": incident.admin1,
        "adm_2": incident.admin2,
        "longitude": texts[0],
        "latitude": texts[1],
        "geom_wkt": f"POINT ({' '.join(texts)})",
        "priogrid_gid": str(floor((north + 90) * 2) * 720 + floor((east + 180) * 2) + 1),
        "country_id": str(number),
        "region": region,
    }


def sides(incident: Incident, records: Records) -> dict[str, str]:
    dyad = records.conflicts[incident.conflict]
    conflict = records.conflicts[dyad.parent]
    roles = {part.role: records.actors[part.actor] for part in incident.participations}
    back = {
        "conflict_new_id": conflict.key.removeprefix("ucdp-conflict:"),
        "conflict_name": conflict.name,
        "dyad_new_id": dyad.key.removeprefix("ucdp-dyad:"),
        "dyad_name": dyad.name,
    }
    for side in "ab":
        actor = roles[f"side_{side}"]
        back[f"side_{side}"] = actor.name
        back[f"side_{side}_new_id"] = actor.key.removeprefix("ucdp-actor:")
        back[f"gwno{side}"] = actor.country.removeprefix("gw:") if actor.country else ""
    return back


def old_numbers(back: dict[str, str]) -> dict[str, str]:
    names = ["conflict_dset_id", "dyad_dset_id", "side_a_dset_id", "side_b_dset_id"]
    if not back["relid"]:
        return dict.fromkeys(names, "")
    numbers = {
        side: "9999" if back[f"{side}_new_id"] == "1" else back[f"{side}_new_id"] for side in ("side_a", "side_b")
    }
    a, b = (back[side] if back[side].startswith("XXX") else number for side, number in numbers.items())
    kind = back["type_of_violence"]
    pair = f"{kind}-{a}" if a.startswith("XXX") else back["dyad_new_id"]
    conflict = {"1": a if a.startswith("XXX") else back["conflict_new_id"], "2": pair, "3": a}[kind]
    return dict(zip(names, (conflict, a if kind == "3" else pair, a, b), strict=True))


def counts(incident: Incident) -> dict[str, str]:
    claims = named(incident)
    everyone = claims["killed-everyone"]
    back = {"low": everyone.low, "best": everyone.best, "high": everyone.high}
    for column, name in (("a", "side-a"), ("b", "side-b"), ("civilians", "civilians"), ("unknown", "unknown")):
        claim = claims.get(f"killed-{name}")
        back[f"deaths_{column}"] = claim.best if claim else 0
    return {"source_original": everyone.claimant_wording, **{column: str(number) for column, number in back.items()}}


def reports(incident: Incident, records: Records) -> dict[str, str]:
    cited = [records.sources[citation.source] for citation in incident.claims[0].citations]
    articles = [source for source in cited if source.kind == "article"]
    back = dict.fromkeys(["source_article", "source_office", "source_date", "source_headline"], "")
    titles = ["" if source.title == "Untitled report" else source.title for source in articles]
    if not any(source.published_on for source in articles):
        return {**back, "number_of_sources": "-1", "source_article": ";".join(titles)}
    offices = [records.actors[source.publisher].name if source.publisher else "" for source in articles]
    days = [source.published_on or "" for source in articles]
    headlines = ["" if title == office else title for title, office in zip(titles, offices, strict=True)]
    entries = [f'"{",".join(entry)}"' for entry in zip(offices, days, headlines, strict=True)]
    return {
        "number_of_sources": str(len(articles)),
        "source_article": ";".join(entries),
        "source_office": ";".join(offices),
        "source_date": ";".join(days),
        "source_headline": ";".join(headlines),
    }
