"""Closed lists about conflicts and datasets."""

from conflictdb.vocabularies.base import Vocabulary, term


class ConflictKind(Vocabulary):
    """Which sort of parties a conflict or dyad sets against each other."""

    STATE_BASED = term("state_based", "State-based", "At least one side is the government of a state.", ucdp="1")
    NON_STATE = term("non_state", "Non-state", "Organised armed groups, none of them a government's.", ucdp="2")
    ONE_SIDED = term("one_sided", "One-sided", "An organised armed group or government against civilians.", ucdp="3")
    UNKNOWN = term("unknown", "Unknown", "Not coded.")


class ImportOutcome(Vocabulary):
    """How far a run of an importer is, or how it ended."""

    WAITING = term("waiting", "Waiting", "Uploaded; it begins when no other import runs.")
    RUNNING = term("running", "Running", "Not ended yet.")
    LOADED = term("loaded", "Loaded", "Its records are in the database.")
    UNCHANGED = term("unchanged", "Unchanged", "The file held nothing new.")
    FAILED = term("failed", "Failed", "Nothing of it was kept.")
    DRY_RUN = term("dry_run", "Dry run", "It would have gone well; nothing of it was kept, as was asked.")
