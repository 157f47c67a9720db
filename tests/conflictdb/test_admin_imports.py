"""Files uploaded in the admin: who may, what the form refuses, and what the importer's own process makes of them."""

import csv
import hashlib
import io
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import UnreadablePostError
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from conflictdb.ingest import turn, uploads
from conflictdb.ingest.formats import FORMATS
from conflictdb.ingest.tables import tables
from conflictdb.models import Country, Dataset, Import, Incident
from conflictdb.vocabularies import ImportOutcome
from tests import make
from tests.conflictdb.ingest.ucdp_row import ROW
from tests.conflictdb.test_admin import page, told
from tests.conflictdb.test_admin_browser import CHROMIUM, Desk, browse

NAME = "GEDEvent_v22_1.csv"
DEADLINE = 60.0  # seconds; an importer of a few rows takes two
XSS = "<img src=x onerror=alert(1)>.csv"
ONE_FILE = "Only for one file; of several, each finds what those before it have brought."
OWN = {
    "incidents": b"slug,kind,title\nmill,armed_clash,A fight at the mill\n",
    "claims": b"slug,kind,statement,incident,measure,victims,value_kind,low,best,high\n"
    b"mill-seven,toll,Seven were killed.,mill,killed,everyone,exact,7,7,7\n",
}


def own(name: str, content: bytes = b"") -> SimpleUploadedFile:
    """Make a file of one of our own tables."""
    return SimpleUploadedFile(f"{name}.csv", content or OWN[name])


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Keep uploads in a folder of the test's own."""
    settings.DATA_DIR = tmp_path / "data"
    return tmp_path / "data" / "imports"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Path]]:
    """Note which importers would be started, and start none."""
    calls: list[tuple[list[str], Path]] = []
    monkeypatch.setattr(uploads, "launch", lambda command, **more: calls.append((command, more["folder"])))
    return calls


@pytest.fixture
def freedonia(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Country]:  # noqa: ARG001 – an importer sees what is committed
    """The country of the made-up rows, in a database that an importer's process finds."""
    there = connection.get_connection_params()
    address = "&".join(f"{key}={quote(str(there[key]), safe='')}" for key in ("host", "port", "user") if key in there)
    if there.get("password"):
        monkeypatch.setenv("PGPASSWORD", there["password"])
    monkeypatch.setenv("DATABASE_URL", f"postgresql:///{there['dbname']}?{address}")
    yield make.make_country(slug="freedonia", name="Freedonia", gwno=990)
    for record in Import.objects.filter(outcome__in=uploads.UNFINISHED):  # before the database is emptied
        ended(record)


@pytest.fixture
def may_import(client: Client) -> Client:
    """Log in as somebody who may import files, and nothing else."""
    person = User.objects.create_user("importer", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="add_import"))
    client.force_login(person)
    return client


def table(*rows: dict[str, str]) -> bytes:
    """Write rows as a publisher's file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def upload(
    client: Client, content: bytes = b"id\n1\n", name: str = NAME, **fields: Any
) -> Any:  # Django's test response has no public type
    """Send the form."""
    form = {"format": "ucdp-ged", "file": SimpleUploadedFile(name, content)} | fields
    return client.post(page("import", view="add"), form)


def ended(record: Import) -> Import:
    """Wait until an import has ended, and its process too."""
    deadline = time.monotonic() + DEADLINE
    while record.outcome in uploads.UNFINISHED or uploads.is_held(uploads.Upload(record).lock):
        assert time.monotonic() < deadline, uploads.Upload(record).end_of_log()
        time.sleep(0.05)
        record.refresh_from_db()
    return record


def shown(client: Client, record: Import) -> str:
    """Read the page of an import, as one line of words."""
    text = re.sub(r"<[^>]+>", " ", client.get(page("import", record.pk)).content.decode())
    return " ".join(text.split())


def make_import(**fields: Any) -> Import:  # the model's fields, of every type
    """Store an import that was loaded."""
    now = timezone.now()
    ends = {} if fields.get("outcome") in uploads.UNFINISHED else {"finished_at": now + timedelta(seconds=1)}
    defaults = {"format": "ucdp-ged", "file_name": NAME, "sha256": "a" * 64, "outcome": "loaded", **ends}
    record = Import.objects.create(**defaults | fields)
    if started_at := fields.get("started_at"):
        Import.objects.filter(pk=record.pk).update(started_at=started_at)
    return record


# --- who may ---


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_upload_needs_the_permission(client: Client, folder: Path, method: str) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_import"))
    client.force_login(viewer)
    form = {"format": "ucdp-ged", "file": SimpleUploadedFile(NAME, b"id\n1\n")}
    assert getattr(client, method)(page("import", view="add"), form).status_code == 403
    assert not Import.objects.exists()
    assert not folder.exists(), "not even read"
    html = client.get(page("import", view="changelist")).content.decode()
    assert page("import", view="add") not in html


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_upload_needs_a_login(client: Client, folder: Path, method: str) -> None:
    form = {"format": "ucdp-ged", "file": SimpleUploadedFile(NAME, b"id\n1\n")}
    response = getattr(client, method)(page("import", view="add"), form)
    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")
    assert not folder.exists()


@pytest.mark.django_db
def test_upload_is_safe_from_other_sites(admin_user: User, folder: Path, started: list) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert upload(client).status_code == 403
    assert not Import.objects.exists()
    assert started == []
    assert list(folder.iterdir()) == []
    html = client.get(page("import", view="add")).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', html)
    assert token
    assert upload(client, csrfmiddlewaretoken=token[1]).status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_who_may_import_sees_what_came_of_it(may_import: Client) -> None:
    record = make_import()
    html = may_import.get(page("import", view="changelist")).content.decode()
    assert page("import", view="add") in html
    assert page("import", record.pk) in html
    assert may_import.get(page("import", record.pk)).status_code == 200
    assert may_import.post(page("import", record.pk), {"problem": "none"}).status_code == 403
    assert may_import.post(page("import", record.pk, view="delete"), {"post": "yes"}).status_code == 403


# --- the form ---


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_form_offers_every_format_with_its_hint(admin_client: Client) -> None:
    response = admin_client.get(page("import", view="add"))
    assert [code for code, _ in response.context["adminform"].form.fields["format"].choices] == [
        *FORMATS,
        "conflictdb",
    ]
    text = response.content.decode()
    assert text.count('class="hint"') == len(FORMATS) + 1
    assert re.search(r'<input type="file" name="file"[^>]* multiple', text)
    assert 'enctype="multipart/form-data"' in text
    assert "Upload and import" in text
    assert "_addanother" not in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"file": ""}, {"file": ["This field is required."]}),
        ({"file": SimpleUploadedFile(NAME, b"")}, {"file": ["The submitted file is empty."]}),
        ({"format": ""}, {"format": ["This field is required."]}),
        ({"format": "xls"}, {"format": ["Select a valid choice. xls is not one of the available choices."]}),
        ({"released_on": "5 March"}, {"released_on": ["Enter a valid date."]}),
        ({"older": "drop"}, {"older": ["Select a valid choice. drop is not one of the available choices."]}),
        (
            {"release": "--dry-run"},
            {"release": ["Write letters and digits, with single points between, as in 22.1."]},
        ),
        ({"release": "2" * 41}, {"release": ["Ensure this value has at most 40 characters (it has 41)."]}),
        ({"table": "claims"}, {"table": ["Only for our own tables."]}),
        ({"format": "conflictdb", "older": "add"}, {"older": ["Only for files of publishers."]}),
        (
            {"file": [SimpleUploadedFile(NAME, b"id\n1\n"), SimpleUploadedFile(NAME, b"id\n2\n")]},
            {"file": ["Choose one file; only of our own tables several are taken at once."]},
        ),
        (
            {"format": "conflictdb", "file": [own("claims"), own("incidents")], "dry_run": "on", "table": "claims"},
            {"table": [ONE_FILE], "dry_run": [ONE_FILE]},
        ),
        (
            {"format": "conflictdb", "file": [own("incidents"), SimpleUploadedFile("x.csv", b"a,b\n1,2\n")]},
            {
                "file": [
                    f"x.csv: By its columns it is none of our tables. Name its table with --table: {', '.join(tables())}."
                ]
            },
        ),
        (
            {"format": "conflictdb", "dataset": "not-there"},
            {"dataset": ["Select a valid choice. That choice is not one of the available choices."]},
        ),
    ],
)
def test_form_tells_what_is_wrong(
    admin_client: Client, folder: Path, started: list, fields: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    response = upload(admin_client, **fields)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors == errors
    assert not Import.objects.exists()
    assert started == []
    response.close()
    assert list(folder.iterdir()) == [], "what was uploaded is gone"


@pytest.mark.django_db(transaction=True)
def test_what_was_chosen_becomes_options(admin_client: Client, folder: Path, started: list) -> None:
    chosen = {"release": "22.1", "released_on": "2022-06-30", "older": "add", "vanished": "keep"}
    response = upload(admin_client, **chosen, skip_bad_rows="on", dry_run="on")
    record = Import.objects.get()
    assert response["Location"] == page("import", record.pk)
    assert (record.format, record.file_name, record.outcome) == ("ucdp-ged", NAME, "waiting")
    assert record.sha256 == hashlib.sha256(b"id\n1\n").hexdigest()
    assert record.started_by is not None
    assert record.started_by.username == "admin"
    [(command, cwd)] = started
    file = folder / f"{record.pk}-{record.sha256[:12]}" / "file"
    assert command[2:] == [
        *("ingest", "ucdp-ged", str(file), f"--import={record.pk}", "--release=22.1", "--released-on=2022-06-30"),
        *("--older=add", "--vanished=keep", "--skip-bad-rows", "--dry-run"),
    ]
    assert cwd == Path.cwd()
    assert file.read_bytes() == b"id\n1\n"
    assert [path.stat().st_mode & 0o777 for path in (folder, file.parent, file)] == [0o700, 0o700, 0o600]
    assert list(folder.iterdir()) == [file.parent]


@pytest.mark.django_db(transaction=True)
def test_several_tables_are_loaded_by_one_process_in_their_order(
    admin_client: Client, folder: Path, started: list
) -> None:
    ours = make.make_dataset(slug="ours")
    response = upload(admin_client, format="conflictdb", file=[own("claims"), own("incidents")], dataset="ours")
    records = list(Import.objects.order_by("pk"))
    assert [(one.file_name, one.outcome, one.dataset) for one in records] == [
        ("incidents.csv", "waiting", None),
        ("claims.csv", "waiting", None),
    ]
    assert {one.started_by and one.started_by.username for one in records} == {"admin"}
    files = [uploads.Upload(one).file for one in records]
    [(command, _)] = started
    assert command[2:] == [
        *(
            "ingest",
            "conflictdb",
            *map(str, files),
            *(f"--import={one.pk}" for one in records),
            f"--dataset={ours.slug}",
        ),
    ]
    assert [path.read_bytes() for path in files] == [OWN["incidents"], OWN["claims"]]
    assert sorted(folder.iterdir()) == sorted(path.parent for path in files)
    assert response["Location"] == page("import", records[0].pk)
    html = admin_client.get(response["Location"]).content.decode()
    assert f'After this file come, in turn: <a href="{page("import", records[1].pk)}">claims.csv</a>.' in html
    assert "The files before it come first." in shown(admin_client, records[1])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("folder")
def test_table_that_is_named_is_an_option(admin_client: Client, started: list) -> None:
    upload(admin_client, format="conflictdb", file=own("ours", b"slug\n"), table="claims")
    [(command, _)] = started
    assert command[-1] == "--table=claims"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../x.csv", "x.csv"),
        ("..\\..\\x.csv", "x.csv"),
        ("/etc/passwd", "passwd"),
        ("--dry-run", "--dry-run"),
        ("lock", "lock"),
        ("a\nb\x00c.csv", "abc.csv"),
        ("é" * 300 + ".csv", "é" * 251 + ".csv"),
        (XSS, XSS),
    ],
)
def test_name_of_a_file_never_becomes_a_path(
    admin_client: Client, folder: Path, started: list, name: str, kept: str
) -> None:
    file = SimpleUploadedFile("x", b"id\n1\n")
    file._name = name  # type: ignore[attr-defined]  # noqa: SLF001 – as a client that is no browser would send it
    upload(admin_client, file=file)
    record = Import.objects.get()
    assert record.file_name == kept
    assert len(started) == 1
    below = {str(path.relative_to(folder.parents[1])) for path in folder.parents[1].rglob("*") if path.is_file()}
    inside = f"data/imports/{record.pk}-{record.sha256[:12]}"
    assert below == {f"{inside}/file", f"{inside}/lock", f"{inside}/log"}


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_upload_is_never_held_in_memory(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    longest = []
    receive = uploads.IntoDataFolder.receive_data_chunk
    monkeypatch.setattr(
        uploads.IntoDataFolder,
        "receive_data_chunk",
        lambda self, data, start: (longest.append(len(data)), receive(self, data, start))[1],
    )
    upload(admin_client, b"x" * 1_000_000)
    assert (sum(longest), max(longest) <= uploads.IntoDataFolder.chunk_size) == (1_000_000, True)


@pytest.mark.django_db
def test_folder_that_cannot_be_written_is_named(admin_client: Client, folder: Path) -> None:
    folder.parent.write_text("", encoding="utf-8")
    response = admin_client.get(page("import", view="add"), follow=True)
    assert told(response) == ["Files cannot be taken in: Not a directory. Tell whoever runs this server."]
    assert upload(admin_client)["Location"] == page("import", view="changelist")
    assert not Import.objects.exists()


@pytest.mark.django_db
def test_full_disk_is_named(admin_client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads.IntoDataFolder, "receive_data_chunk", fail)
    form = {"format": "ucdp-ged", "file": SimpleUploadedFile(NAME, b"id\n1\n")}
    response = admin_client.post(page("import", view="add"), form, follow=True)
    assert told(response) == ["Files cannot be taken in: No space left on device. Tell whoever runs this server."]
    assert list(folder.iterdir()) == []


@pytest.mark.django_db
def test_upload_of_one_who_leaves_is_gone(admin_client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(_: Any, data: bytes, __: int) -> None:
        if data == OWN["incidents"]:
            raise UnreadablePostError

    monkeypatch.setattr(uploads.IntoDataFolder, "receive_data_chunk", leave)
    with pytest.raises(UnreadablePostError):
        upload(admin_client, file=[own("claims"), own("incidents")])
    assert list(folder.iterdir()) == []


# --- the importer's own process ---


def test_upload_is_loaded_and_reported(admin_client: Client, folder: Path, freedonia: Country) -> None:
    upload(admin_client, table(ROW), released_on="2022-06-30")
    record = ended(Import.objects.get())
    assert (record.outcome, record.problem) == ("loaded", "")
    assert Incident.objects.get().country == freedonia
    assert record.dataset == Dataset.objects.get(version="22.1")
    assert record.counts["incidents"] == {"created": 1}
    assert record.started_by is not None
    assert record.started_by.username == "admin"
    words = shown(admin_client, record)
    assert "Its records are in the database." in words
    assert "1 rows read in" in words
    assert "Created 1 " in words
    assert f"In the file {ROW['low']} {ROW['best']} {ROW['high']}" in words
    assert f"Here {ROW['low']} {ROW['best']} {ROW['high']}" in words
    left = {path.name for path in folder.glob("*/*")}
    assert left == {"lock", "log"}, "the file is gone once it is loaded"

    changed = ROW | {"where_coordinates": "New Mill village"}
    upload(admin_client, table(changed), name="GEDEvent_v23_1.csv")
    record = ended(Import.objects.latest("pk"))
    assert record.outcome == "loaded", record.problem
    html = admin_client.get(page("import", record.pk)).content.decode()
    incident = Incident.objects.get()
    assert f'<a href="{page("incident", incident.pk)}">{incident.slug}</a>' in html
    upload(admin_client, table(changed), name="GEDEvent_v23_1.csv")
    assert ended(Import.objects.latest("pk")).outcome == "unchanged"


@pytest.mark.usefixtures("freedonia")
def test_failure_is_shown(admin_client: Client, folder: Path) -> None:
    name = XSS.removesuffix(".csv") + "_ged221.csv"
    upload(admin_client, table(ROW | {"best": "<b>many</b>"}), name=name)
    record = ended(Import.objects.get())
    assert record.outcome == "failed"
    assert not Incident.objects.exists()
    html = admin_client.get(page("import", record.pk)).content.decode()
    assert '<pre class="problem">' in html
    assert "line 2, column best" in html
    assert "<b>many" not in html
    assert "<img src=x" not in html
    assert "<img src=x" not in admin_client.get(page("import", view="changelist")).content.decode()
    assert "The last that the importer wrote" in html
    assert not list(folder.glob("*/file"))


@pytest.mark.usefixtures("freedonia")
def test_our_own_tables_are_loaded_in_turn(admin_client: Client, folder: Path) -> None:
    ours = make.make_dataset(slug="ours")
    upload(admin_client, format="conflictdb", file=[own("claims"), own("incidents")], dataset="ours")
    incidents, claims = map(ended, Import.objects.order_by("pk"))
    assert [(one.outcome, one.problem, one.dataset) for one in (incidents, claims)] == [("loaded", "", ours)] * 2
    assert (incidents.counts["incidents"], claims.counts["claims"]) == ({"created": 1}, {"created": 1})
    assert Incident.objects.values_list("slug", "dataset", "killed_best").get() == ("mill", ours.pk, 7)
    assert "Our own tables" in shown(admin_client, claims)
    assert not list(folder.glob("*/file"))


@pytest.mark.usefixtures("freedonia")
def test_tables_behind_one_that_fails_are_not_begun(admin_client: Client, folder: Path) -> None:
    make.make_dataset(slug="ours")
    bad = own("incidents", OWN["incidents"].replace(b"clash", b"clsh"))
    upload(admin_client, format="conflictdb", file=[own("claims"), bad], dataset="ours")
    incidents, claims = map(ended, Import.objects.order_by("pk"))
    assert (incidents.outcome, claims.outcome) == ("failed", "failed")
    assert "line 2, column kind" in incidents.problem
    assert claims.problem == "Not begun, because incidents.csv was not loaded."
    assert not Incident.objects.exists()
    assert not list(folder.glob("*/file"))


@pytest.mark.usefixtures("folder", "freedonia")
def test_rows_left_out_can_be_downloaded(admin_client: Client) -> None:
    bad = ROW | {"id": "900002", "best": "many"}
    upload(admin_client, table(ROW, bad), skip_bad_rows="on")
    record = ended(Import.objects.get())
    assert (record.outcome, record.counts["bad_rows"]) == ("loaded", 1)
    address = page("import", record.pk, view="rejects")
    html = admin_client.get(page("import", record.pk)).content.decode()
    assert f'href="{address}"' in html
    assert "1 bad rows left out." in html
    response = admin_client.get(address)
    assert response["Content-Disposition"] == f'attachment; filename="{NAME}.rejects.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert [(row["_line"], row["_column"], row["id"]) for row in rows] == [("3", "best", "900002")]

    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename="view_import"))
    admin_client.force_login(viewer)
    assert admin_client.get(address).status_code == 403
    assert address not in admin_client.get(page("import", record.pk)).content.decode()


@pytest.mark.usefixtures("folder", "freedonia")
def test_dry_run_reports_and_keeps_nothing(admin_client: Client) -> None:
    upload(admin_client, table(ROW), dry_run="on")
    record = ended(Import.objects.get())
    assert (record.outcome, record.dataset, record.problem) == ("dry_run", None, "")
    assert record.counts["incidents"] == {"created": 1}
    assert not Incident.objects.exists()
    assert not Dataset.objects.exists()
    assert "nothing of it was kept" in shown(admin_client, record)


@pytest.mark.usefixtures("folder", "freedonia")
def test_upload_waits_for_its_turn_and_is_not_taken_for_cut_off(admin_client: Client) -> None:
    with turn.turn_of_importers(lambda _: None):
        upload(admin_client, table(ROW))
        record = Import.objects.get()
        deadline = time.monotonic() + DEADLINE
        while not uploads.Upload(record).told().said:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        Import.objects.update(started_at=timezone.now() - 2 * uploads.GRACE)
        words = shown(admin_client, record)
        assert "Another import is running; waiting for its end …" in words
        assert Import.objects.get().outcome == "waiting"
    with turn.turn_of_importers(lambda _: None):
        assert Import.objects.get().outcome in {"waiting", "loaded"}, "another's turn does not end it"
    assert ended(record).outcome == "loaded"


@pytest.mark.skipif(sys.platform != "linux", reason="finds the importer in /proc, which only Linux has")
@pytest.mark.usefixtures("folder", "freedonia")
def test_importer_that_dies_before_its_turn_is_seen(admin_client: Client) -> None:
    with turn.turn_of_importers(lambda _: None):
        upload(admin_client, table(ROW))
        record = Import.objects.get()
        Import.objects.update(started_at=timezone.now() - 2 * uploads.GRACE)
        file = str(uploads.Upload(record).file).encode()
        for one in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if file in one.read_bytes():
                    os.kill(int(one.parent.name), signal.SIGKILL)
        deadline = time.monotonic() + DEADLINE
        while uploads.is_held(uploads.Upload(record).lock):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert "Cut off: the importer ended before its turn came." in shown(admin_client, record)
    record.refresh_from_db()
    assert record.outcome == "failed"


@pytest.mark.usefixtures("folder", "freedonia")
def test_importer_that_dies_at_once_is_seen_with_its_last_words(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFLICTDB_LOG_LEVEL", "LOUD")  # not a level: settings refuse it
    upload(admin_client, table(ROW))
    record = Import.objects.get()
    deadline = time.monotonic() + DEADLINE
    while uploads.is_held(uploads.Upload(record).lock):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    Import.objects.update(started_at=timezone.now() - 2 * uploads.GRACE)
    words = shown(admin_client, record)
    assert "Cut off: the importer ended before its turn came." in words
    assert "CONFLICTDB_LOG_LEVEL must be written like INFO or WARNING." in words


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("folder")
def test_importer_that_cannot_be_started_is_seen(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(uploads, "launch", fail)
    upload(admin_client)
    record = Import.objects.get()
    assert record.outcome == "failed"
    assert record.problem.startswith("The importer could not be started: ")


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("view", ["change", "changelist"])
def test_import_that_was_cut_off_is_not_shown_as_running(admin_client: Client, view: str) -> None:
    record = make_import(outcome="running")
    admin_client.get(page("import", *([record.pk] if view == "change" else []), view=view))
    record.refresh_from_db()
    assert (record.outcome, record.problem) == ("failed", turn.CUT_OFF)


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_fresh_upload_has_a_moment_to_begin(admin_client: Client) -> None:
    record = make_import(outcome="waiting")
    assert "Starting …" in shown(admin_client, record)
    assert Import.objects.get().outcome == "waiting"


@pytest.mark.django_db
@pytest.mark.usefixtures("started")
def test_remains_are_removed_with_a_later_upload(folder: Path) -> None:
    day_ago = time.time() - 2 * uploads.LEFT_BEHIND
    old = [folder / "x.upload", folder / "1-aaa" / "file", folder / "1-aaa" / "log"]
    (folder / "1-aaa").mkdir(parents=True)
    for path in old:
        path.write_text("", encoding="utf-8")
        os.utime(path, (day_ago, day_ago))
    (folder / "y.upload").write_text("", encoding="utf-8")
    record = make_import(outcome="waiting")
    stored = folder / "z.upload"
    stored.write_text("", encoding="utf-8")
    uploads.start([(record, stored)], [])
    assert [path.exists() for path in old] == [False, False, True]
    assert (folder / "y.upload").exists()


# --- the report ---


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("named", [1, 3])
def test_report_is_laid_out(admin_client: Client, django_assert_num_queries: Callable, named: int) -> None:
    slugs = [make.make_incident().slug for _ in range(named)]
    record = make_import(
        counts={
            "rows": 20_000,
            "bad_rows": 0,
            "claims": {"created": 1_500},
            "incidents": {"unchanged": 18_000, "created": 2_000, "odd <i>": 1},
            "sums_of_file": {"low": 1, "best": 2, "high": 3},
            "sums_here": {"low": 1, "best": 2, "high": 4},
            "examples": {"updated": [*slugs, "not-there"]},
            "notes": ["A <b>note</b>."],
            "seconds": 10.0,
        }
    )
    ContentType.objects.get_for_model(Import)  # which Django remembers, unless a test before made it forget
    # The session, its user, what is unfinished, the import, the incidents that are named.
    with django_assert_num_queries(5):
        response = admin_client.get(page("import", record.pk))
    report = response.context["report"]
    assert (report["changes"], report["kinds"]) == (
        [("created", ["2,000", "1,500"]), ("unchanged", ["18,000", ""]), ("odd <i>", ["1", ""])],
        ["incidents", "claims"],
    )
    assert (report["rows"], report["pace"], report["sums_differ"]) == ("20,000", "2,000", True)
    html = response.content.decode()
    assert html.count("/admin/conflictdb/incident/") >= named
    assert "not-there" in html
    assert "A &lt;b&gt;note&lt;/b&gt;." in html
    assert "⚠ The sums differ." in html


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_incidents_are_links_only_for_those_who_may_open_them(may_import: Client) -> None:
    incident = make.make_incident()
    record = make_import(counts={"rows": 1, "examples": {"updated": [incident.slug]}})
    html = may_import.get(page("import", record.pk)).content.decode()
    assert incident.slug in html
    assert page("incident", incident.pk) not in html


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_import_without_rows_left_out_has_none_to_download(admin_client: Client) -> None:
    assert admin_client.get(page("import", make_import().pk, view="rejects")).status_code == 404
    assert admin_client.get(page("import", 0, view="rejects")).status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("outcome", ImportOutcome.values)
def test_every_outcome_has_its_page(admin_client: Client, outcome: str) -> None:
    record = make_import(outcome=outcome)
    response = admin_client.get(page("import", record.pk))
    assert response.status_code == 200
    assert ('id="import-progress"' in response.content.decode()) == (
        outcome == "waiting"
    )  # nobody runs: it was cut off


# --- in a browser ---


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser at {CHROMIUM} (Debian's package `chromium`)")
@pytest.mark.usefixtures("admin_user", "folder", "freedonia")
def test_page_follows_an_import_to_its_report(live_server: LiveServer, tmp_path: Path) -> None:
    """From the form, past the progress, to the report, with nothing that the content security policy forbids."""
    path = tmp_path / NAME
    path.write_bytes(table(ROW))

    async def way(desk: Desk) -> None:
        await desk.log_in()
        await desk.page.goto(f"{live_server.url}/admin/conflictdb/import/")
        await desk.page.click(".addlink >> text=Add import")
        await desk.page.check("input[name=format][value=ucdp-ged]")
        await desk.page.set_input_files("#id_file", path)
        await desk.page.click("text=Upload and import")
        await desk.page.wait_for_selector("#import-progress")
        await desk.page.wait_for_selector(".import-report .badge-loaded", timeout=DEADLINE * 1_000)
        assert "Its records are in the database." in await desk.page.inner_text(".import-report")

    browse(live_server.url, way)
    ended(Import.objects.get())
