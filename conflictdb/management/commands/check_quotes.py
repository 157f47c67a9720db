"""Check that every quote stands verbatim in its source, and that every held text is the document it was taken from."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from conflictdb import quotes


class Command(BaseCommand):
    """Name every misquote and every claim without one; the exit code is 1 if there is any."""

    help = (
        "Checks every citation against the text its source holds, every held text against its SHA-256, every standing "
        "claim for a citation and every seed document for a source that holds it. Exits with 1 if anything is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare where the seed documents are."""
        parser.add_argument(
            "--seeds", type=Path, default=quotes.SEEDS, metavar="FOLDER", help="Folder of the seed documents."
        )

    def handle(self, *, seeds: Path, **options: object) -> None:
        """Print the defects as they are found, then what was checked."""
        checked = quotes.Checked()
        found = 0
        for defect in quotes.defects(checked, seeds):
            found += 1
            self.stderr.write(defect)
        if options["verbosity"]:
            self.stdout.write(f"Checked {checked}.")
        if found:
            message = f"{found} {'defect' if found == 1 else 'defects'} found."
            raise CommandError(message)
        if options["verbosity"]:
            self.stdout.write("No defect found.")
