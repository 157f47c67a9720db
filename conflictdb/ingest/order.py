"""What people ask of an import."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Order:
    """What to load, and how."""

    format: str
    path: Path
    name: str = ""  # the file's name for people, where it is not the path's
    release: str = ""  # where neither the file's name nor its rows tell
    released_on: date | None = None
    older: str = ""  # what an older release may do: "add" what newer ones do not hold, or "overwrite" them
    vanished: str = ""  # records that the release covers and does not hold: "keep" or "retract" them, however many
    table: str = ""  # which of our own tables it is, where neither its name nor its columns tell
    dataset: str = ""  # slug of the dataset of records of our own whose file does not name one
    rejects: Path | None = None  # where bad rows go; without it the first one ends the import
    is_dry_run: bool = False
