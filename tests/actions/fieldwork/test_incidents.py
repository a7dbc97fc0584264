"""Incidents and their files."""

import io
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from chassis import uploads
from chassis.clock import utcnow
from chassis.errors import Conflict, Invalid, NotFound, NotHereYet
from chassis.files import FileStore
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.fieldwork import access, actions, queries
from services.fieldwork.models import Attachment, IncidentReason
from tests.actions.fieldwork.given import (
    ELEVEN,
    GROUP,
    OTHER_OWNER,
    OWNER,
    a_service_type,
    a_site,
    cancelled,
    declare,
    everything,
    intervention_of,
    minutes,
    plan_fact,
    planned,
    refused,
    replanned,
    someone,
)

ANNA, BEN = someone("worker", "Anna", language="fr"), someone("worker", "Ben")
CLIENT = someone("client", "Clara", organisation_id=OWNER)


@pytest.fixture
def files(tmp_path):
    """Return an empty store."""
    return FileStore(tmp_path)


def reason_named(work, name):
    """Return the id of a seeded reason."""
    return next(reason.id for reason in queries.incident_reasons(work) if reason.name == name)


def kept(work, files, actor, content=b"photo", now=MONDAY):
    """Return an upload that fieldwork has taken over."""
    upload = files.receive(io.BytesIO(content))
    work.now = now
    attachment = actions.keep_attachment(work, actor, files, upload, "door.jpg", "image/jpeg")
    work.session.flush()
    return attachment


def test_an_incident_answers_its_ticket_and_is_told(work):
    """The fact carries all that the ticket needs; the reason is named in the worker's language."""
    site_id = a_site(work)
    intervention = planned(work, ANNA, BEN, site_id=site_id)
    reason, id_ = reason_named(work, "Access impossible"), new_id()
    answer = declare(work, ANNA, intervention, reason, MONDAY + minutes(5), id=id_)
    ticket_id = answer["ticket_id"]
    assert (ticket_id.version, intervention.version, intervention.status) == (7, 2, "planned")
    assert answer == {
        "id": id_,
        "ticket_id": ticket_id,
        "intervention_id": intervention.id,
        "reason": {"id": reason, "name": "Accès impossible"},
        "at": "start",
        "text": "The boiler room is locked.",
        "declared_by": ANNA.as_fact(),
        "occurred_at": MONDAY + minutes(5),
        "received_at": MONDAY + minutes(5),
        "flags": [],
        "attachments": [],
    }
    assert told(work) == [
        (
            "IncidentDeclared",
            {
                "incident_id": str(id_),
                "ticket_id": str(ticket_id),
                "intervention_id": str(intervention.id),
                "parent_ticket_id": str(intervention.ticket_id),
                "reason_name": "Accès impossible",
                "reason_names": {
                    "de": "Kein Zugang",
                    "en": "Access impossible",
                    "es": "Acceso imposible",
                    "fr": "Accès impossible",
                },
                "at": "start",
                "text": "The boiler room is locked.",
                "starts_at": intervention.starts_at.isoformat(),
                "ends_at": intervention.ends_at.isoformat(),
                "site_id": str(site_id),
                "usergroup_id": str(GROUP),
                "worker_ids": [str(ANNA.person_id), str(BEN.person_id)],
                "plan_version": 1,
                "declared_by": ANNA.as_fact(),
                "declared_at": (MONDAY + minutes(5)).isoformat(),
                "attachments": [],
            },
        )
    ]


def test_the_same_incident_twice_is_one(work):
    """One row, one ticket id, told once."""
    intervention, id_ = planned(work, ANNA), new_id()
    first = declare(work, ANNA, intervention, id=id_)
    again = declare(work, ANNA, intervention, id=id_, received_at=MONDAY + timedelta(days=2))
    renamed = declare(work, replace(ANNA, name="Anne"), intervention, id=id_)
    assert first == again == renamed
    assert (len(told(work)), len(intervention.incidents)) == (1, 1)


@pytest.mark.parametrize("change", [{"text": "The door is locked."}, {"at": MONDAY + minutes(1)}])
def test_another_incident_under_the_same_id_is_refused(work, change):
    """What was declared is never changed."""
    intervention, id_ = planned(work, ANNA), new_id()
    declare(work, ANNA, intervention, id=id_)
    with refused(work, Conflict, "id_taken"):
        declare(work, ANNA, intervention, **{"id": id_, **change})
    with refused(work, Conflict, "id_taken"):
        declare(work, someone("admin"), intervention, id=id_)


def test_a_known_id_says_nothing_of_an_intervention_that_is_not_there(work):
    """Unknown and foreign ids are refused alike."""
    intervention, id_ = planned(work, ANNA), new_id()
    declare(work, ANNA, intervention, id=id_)
    for tried in (id_, new_id()):
        with refused(work, NotHereYet, "intervention_not_found"):
            declare(work, BEN, intervention, id=tried, intervention_id=new_id())


@pytest.mark.parametrize("since", [timedelta(days=7, seconds=1), -timedelta(days=1, seconds=1)])
def test_times_that_no_phone_keeps_are_refused(work, since):
    """More than a week ago, or more than a day ahead, also in the window of the intervention."""
    intervention = planned(work, ANNA)
    with refused(work, Invalid, "time_refused"):
        declare(work, ANNA, intervention, received_at=MONDAY + since)


def test_the_same_incident_with_other_files_is_another_one(work, files):
    """Else its sender would take the photo for kept."""
    intervention, id_ = planned(work, ANNA), new_id()
    sent, late = kept(work, files, ANNA), kept(work, files, ANNA)
    first = declare(work, ANNA, intervention, id=id_, attachments=[sent.id])
    for others in ([sent.id, late.id], [late.id], []):
        with refused(work, Conflict, "id_taken"):
            declare(work, ANNA, intervention, id=id_, attachments=others)
    assert declare(work, ANNA, intervention, id=id_, attachments=[sent.id]) == first
    assert late.incident_id is None


def test_the_devices_time_decides_and_a_late_arrival_is_flagged(work):
    """Declared within the window and sent five days later; outside it, even sent at once, refused."""
    intervention = planned(work, ANNA)
    last = ELEVEN + timedelta(hours=24)
    answer = declare(work, ANNA, intervention, at=last, received_at=last + timedelta(days=5))
    assert answer["flags"] == ["arrived_late"]
    with refused(work, Conflict, "incident_window_closed") as refusal:
        declare(work, ANNA, intervention, at=MONDAY - timedelta(hours=4, seconds=1))
    assert refusal.value.context == {
        "opens_at": (MONDAY - timedelta(hours=4)).isoformat(),
        "closes_at": (ELEVEN + timedelta(hours=24)).isoformat(),
    }


def test_a_version_7_id_stands_for_the_devices_time(work):
    """Where the device sends no time of its own; another id means now."""
    intervention = planned(work, ANNA)
    made_at = int((MONDAY + minutes(10)).timestamp() * 1000)
    id_ = UUID(int=made_at << 80 | 7 << 76 | 0b10 << 62)
    kept_on_phone = declare(work, ANNA, intervention, at=None, received_at=MONDAY + timedelta(days=3), id=id_)
    at_once = declare(work, ANNA, intervention, at=None, received_at=MONDAY + minutes(20), id=uuid4())
    assert (kept_on_phone["occurred_at"], kept_on_phone["flags"]) == (MONDAY + minutes(10), ["arrived_late"])
    assert (at_once["occurred_at"], at_once["flags"]) == (MONDAY + minutes(20), [])


def test_only_reasons_offered_here_and_now_are_taken(work):
    """Not the end's at the start, not another service type's."""
    lift, cleaning = a_service_type(work), a_service_type(work, name="Cleaning")
    own = IncidentReason(id=new_id(), service_type_id=lift.id, name="Cabin stuck", names={}, at="end")
    foreign = IncidentReason(id=new_id(), service_type_id=cleaning.id, name="No water", names={}, at="both")
    work.session.add_all([own, foreign])
    intervention = planned(work, ANNA, service_type_id=lift.id)
    for reason in (own.id, foreign.id):
        with refused(work, Invalid, "reason_refused") as refusal:
            declare(work, ANNA, intervention, reason)
        assert list(refusal.value.context["fields"]) == ["reason"]
    work.now = ELEVEN
    answer = actions.declare_incident(
        work, ANNA, id=new_id(), intervention_id=intervention.id, reason=own.id, at="end", text="",
        occurred_at=ELEVEN, attachments=[],
    )  # fmt: skip
    assert answer["reason"] == {"id": own.id, "name": "Cabin stuck"}


def test_a_reason_that_is_not_there(work):
    """Absent as whatever else a body names."""
    intervention = planned(work, ANNA)
    with refused(work, NotFound, "incident_reason_not_found") as refusal:
        declare(work, ANNA, intervention, new_id())
    assert list(refusal.value.context["fields"]) == ["reason"]


def test_cancelled_interventions_and_services_without_incidents_take_none(work):
    """Refused with a code that says which."""
    fact = plan_fact(workers=[ANNA])
    actions.keep_plan(work, fact)
    actions.cancel_plan(work, cancelled(fact))
    with refused(work, Conflict, "intervention_cancelled"):
        declare(work, ANNA, intervention_of(work, fact))
    silent = planned(work, ANNA, service_type_id=a_service_type(work, incidents=False).id)
    with refused(work, Conflict, "incidents_off"):
        declare(work, ANNA, silent)


def test_what_was_reported_before_a_cancellation_is_taken(work):
    """The phone had no signal: once, however often it comes; a second later it is refused."""
    fact, id_ = plan_fact(workers=[ANNA]), new_id()
    actions.keep_plan(work, fact)
    actions.cancel_plan(work, cancelled(fact))
    intervention, at = intervention_of(work, fact), MONDAY - minutes(60)
    for _ in range(2):
        assert declare(work, ANNA, intervention, at=at, received_at=ELEVEN, id=id_)["flags"] == ["arrived_late"]
    assert ([name for name, _ in told(work)], intervention.status) == (["IncidentDeclared"], "cancelled")
    with refused(work, Conflict, "intervention_cancelled"):
        declare(work, ANNA, intervention, at=at + timedelta(seconds=1), received_at=ELEVEN)


def test_an_intervention_shows_its_own_incidents(work):
    """The earliest first, in whichever order they came; those of another intervention are not among them."""
    intervention, other = planned(work, ANNA), planned(work, ANNA)
    late = declare(work, ANNA, intervention, at=MONDAY + minutes(2))
    declare(work, ANNA, other, at=MONDAY)
    early = declare(work, ANNA, intervention, at=MONDAY + minutes(1))
    assert [incident.id for incident in queries.incidents_of(work, ANNA, intervention)] == [early["id"], late["id"]]


def test_what_was_reported_before_its_worker_was_taken_off_is_taken(work):
    """It tells of who is sent now; the intervention is not theirs to see, nor anything later theirs to report."""
    fact, at, id_ = plan_fact(workers=[ANNA]), MONDAY + minutes(30), new_id()
    actions.keep_plan(work, fact)
    ben = [{"person_id": BEN.person_id, "name": "Ben"}]
    actions.keep_plan(work, replanned(fact, 2, workers=ben, planned_at=at))
    intervention = intervention_of(work, fact)
    for _ in range(2):
        declare(work, ANNA, intervention, at=at, received_at=ELEVEN, id=id_)
    ((name, incident),) = told(work)
    told_of = name, incident["declared_by"]["name"], incident["worker_ids"]
    assert told_of == ("IncidentDeclared", "Anna", [str(BEN.person_id)])
    with refused(work, NotFound, "intervention_not_found"):
        declare(work, ANNA, intervention, at=at + timedelta(seconds=1), received_at=ELEVEN)
    with refused(work, NotFound, "intervention_not_found"):
        declare(work, someone("worker"), intervention, at=at)
    with refused(work, NotFound, "intervention_not_found"):
        access.intervention_for(work, ANNA, intervention.id)


def test_clients_declare_at_their_own_sites(work):
    """The organisation of the site, or of its nearest ancestor: a flat sold to another is not theirs."""
    building = a_site(work, organisation_id=OWNER)
    flat = a_site(work, above=[building])
    sold = a_site(work, above=[building], organisation_id=OTHER_OWNER)
    for site_id in (building, flat):
        answer = declare(work, CLIENT, planned(work, ANNA, site_id=site_id))
        assert answer["declared_by"] == CLIENT.as_fact()
    for site_id in (sold, None, new_id()):
        intervention = planned(work, ANNA, site_id=site_id)
        with refused(work, NotHereYet, "intervention_not_found"):
            declare(work, CLIENT, intervention)


def test_files_travel_with_the_incident(work, files):
    """The fact says where tickets finds them; the row is bound, and cannot be named again."""
    intervention, photo = planned(work, ANNA), kept(work, files, ANNA)
    answer = declare(work, ANNA, intervention, attachments=[photo.id])
    assert [attachment.id for attachment in answer["attachments"]] == [photo.id]
    assert told(work)[0][1]["attachments"] == [
        {
            "attachment_id": str(photo.id),
            "sha256": photo.sha256,
            "filename": "door.jpg",
            "content_type": "image/jpeg",
            "size": 5,
        }
    ]
    assert files.read("fieldwork", photo.sha256) == b"photo"
    with refused(work, NotFound, "attachment_not_found"):
        declare(work, ANNA, intervention, attachments=[photo.id])


def test_only_own_fresh_uploads_are_taken(work, files):
    """Not a colleague's, not yesterday's, not an unknown one."""
    intervention = planned(work, ANNA, BEN)
    yesterday = kept(work, files, ANNA, now=MONDAY - timedelta(hours=24, seconds=1))
    for attachment_id in (kept(work, files, BEN).id, yesterday.id, new_id()):
        with refused(work, NotFound, "attachment_not_found") as refusal:
            declare(work, ANNA, intervention, attachments=[attachment_id])
        assert list(refusal.value.context["fields"]) == ["attachments"]


def test_its_uploader_reads_a_file_that_no_incident_names_for_a_day(work, files):
    """Then it is as absent as its bytes will be; what an incident names stays."""
    bound, unused = kept(work, files, ANNA), kept(work, files, ANNA, b"unused")
    declare(work, ANNA, planned(work, ANNA), attachments=[bound.id])
    work.now = MONDAY + timedelta(hours=24, seconds=-1)
    assert access.attachment_for(work, ANNA, unused.id) is unused
    work.now = MONDAY + timedelta(hours=24)
    with refused(work, NotFound, "attachment_not_found"):
        access.attachment_for(work, ANNA, unused.id)
    assert access.attachment_for(work, ANNA, bound.id) is bound


def test_an_unknown_upload_is_not_kept(work, files):
    """No row names what is not there."""
    with refused(work, NotFound, "upload_not_found"):
        actions.keep_attachment(work, ANNA, files, "0" * 64, "door.jpg", "image/jpeg")


def test_who_reads_a_file(work, files):
    """Its uploader at once; with the incident whoever sees the intervention; nobody else."""
    photo = kept(work, files, ANNA)
    intervention = planned(work, ANNA, BEN, site_id=a_site(work, organisation_id=OWNER))
    assert access.attachment_for(work, ANNA, photo.id) is photo
    for actor in (BEN, CLIENT):
        with refused(work, NotFound, "attachment_not_found"):
            access.attachment_for(work, actor, photo.id)
    declare(work, ANNA, intervention, attachments=[photo.id])
    for actor in (ANNA, BEN, CLIENT):
        assert access.attachment_for(work, actor, photo.id) is photo
    with refused(work, NotFound, "attachment_not_found"):
        access.attachment_for(work, someone("client", organisation_id=OTHER_OWNER), photo.id)


def test_unused_uploads_are_forgotten_after_a_day(work, files):
    """Those of an incident stay, however old."""
    bound, fresh = kept(work, files, ANNA), kept(work, files, ANNA, now=MONDAY + minutes(1))
    gone = kept(work, files, ANNA, b"gone")
    declare(work, ANNA, planned(work, ANNA), attachments=[bound.id])
    work.now = MONDAY + timedelta(hours=24, seconds=1)
    actions.forget_unbound_uploads(work, files)
    left = set(work.session.scalars(Attachment.__table__.select().with_only_columns(Attachment.id)))
    assert left == {bound.id, fresh.id}
    assert files.path("fieldwork", bound.sha256).exists()
    assert not files.path("fieldwork", gone.sha256).exists()
    assert [table for table, _ in everything(work)].count("incidents") == 1


def test_bytes_whose_row_was_never_committed_are_forgotten_after_a_day(work, files):
    """Those that a row names stay."""
    bound = kept(work, files, ANNA)
    declare(work, ANNA, planned(work, ANNA), attachments=[bound.id])
    lost, _ = files.take_upload("fieldwork", files.receive(io.BytesIO(b"rolled back")))
    for hours, is_there in ((23, True), (24 + 65, False)):
        for turn in range(uploads.FOLDERS):
            ago = timedelta(seconds=uploads.SWEEP_SECONDS * turn)
            work.now = utcnow() + timedelta(hours=hours) - ago
            actions.forget_unbound_uploads(work, files)
        assert files.path("fieldwork", lost).exists() is is_there
    assert files.path("fieldwork", bound.sha256).exists()


def test_waiting_files_have_a_limit(work, files, monkeypatch):
    """CVE-2024-37147: of each person, until incidents name them."""
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    kept(work, files, ANNA, b"six...")
    with refused(work, Conflict, "uploads_full"):
        kept(work, files, ANNA, b"five.")
    kept(work, files, BEN, b"five.")


def test_an_id_beyond_all_calendars(work):
    """A UUIDv7 can carry the year 10889."""
    intervention = planned(work, ANNA)
    with refused(work, Invalid, "time_refused"):
        declare(work, ANNA, intervention, id=UUID("ffffffff-ffff-7fff-bfff-ffffffffffff"), at=None)
