"""CVE-2024-43444 (OTRS): passwords stood in the log in the clear; CVE-2024-23791: sessions and mails of agents.

Here a line names methods, routes, ids and outcomes. Canaries in everything that somebody types, sends or is given go
through the desk, by what works, what is refused and what breaks, and no line of any level holds one.
"""

import pytest
from sqlalchemy import insert

from chassis.actors import system_actor
from chassis.files import FileStore
from chassis.ids import new_id
from chassis.testing import MONDAY, GivenFact, told
from services.identity.actions import sessions
from services.identity.models import Person
from services.inbound import actions as inbound
from services.inbound.actions import OwnMail
from services.inbound.contract import MessageReceived
from services.notifications.senders.outcomes import PutOff, Refused, RelayAway
from services.tickets.actions import reports
from tests.actions.identity.given import PASSWORD
from tests.actions.inbound.given import received
from tests.actions.notifications.given import (
    Sink,
    a_participant,
    a_person,
    deliveries,
    hear_message,
    hear_opened,
    message,
    opened,
    registration,
    send_all,
)
from tests.actions.notifications.given import actions as mailing
from tests.actions.tickets.given import minutes
from tests.inbound_smtp.running import DOMAIN
from tests.inbound_smtp.running import a_mail as a_raw_mail
from tests.security.edges import SETTINGS
from tests.unit.inbound.mails import a_mail, read

CANARY = "Kanarienvogel"


def canaries_in(text):
    """Return the lines that hold a canary."""
    return [line for line in text.splitlines() if CANARY.lower() in line.lower()]


def assert_silent(log_text, secrets, *expected):
    """Expect lines about what happened, and in none of them a canary or a secret."""
    text = log_text()
    assert [word for word in expected if word not in text] == []
    assert canaries_in(text) == []
    assert [secret for secret in secrets if secret in text] == []


def test_accounts(desk_over_http, committed, log_text):
    """A login that works, two that do not, a session, a registration and its link, followed and guessed."""
    http, person = desk_over_http("identity"), committed(password=f"{CANARY} password")
    given = {"email": person["email"], "password": f"{CANARY} password"}
    session = http.post("/api/v1/session", json=given).json["access_token"]
    wrong_email = f"{CANARY}@people.example"
    for wrong in ({**given, "password": f"wrong {CANARY}"}, {**given, "email": wrong_email}, {CANARY: CANARY}):
        assert http.post("/api/v1/session", json=wrong).status_code in (401, 422)
    bearer = {"Authorization": f"Bearer {session}"}
    assert http.get("/api/v1/me", headers=bearer).status_code == 200
    assert http.get(f"/api/v1/me?{CANARY}={CANARY}", headers=bearer).status_code == 422
    assert http.get("/api/v1/me", headers={"Authorization": f"Bearer {CANARY}"}).status_code == 401
    change = {"password": f"{CANARY} new", "current_password": f"{CANARY} password"}
    assert http.patch(f"/api/v1/people/{person['id']}", json=change, headers=bearer).status_code == 200
    email = f"{CANARY}-{new_id().hex}@people.example"
    asked = http.post("/api/v1/registrations", json={"email": email, "name": CANARY}).json
    link = SETTINGS.links.sign("confirm-registration", f"{asked['person_id']}:{email.lower()}")
    for token, status in ((link, 200), (link, 404), (CANARY, 404)):
        path = f"/api/v1/public/registrations/{token}"
        assert http.post(path, json={"password": f"{CANARY} chosen"}).status_code == status
    assert_silent(log_text, (session, link, PASSWORD), '"identity.log_in"', "credentials_wrong", "link_not_found")


def test_a_webform_and_its_mails(desk_over_http, a_form, work_of, log_text):
    """What is typed, the link that is answered, and the mails that follow from it."""
    http = desk_over_http("inbound")
    form = {"subject": CANARY, "description": CANARY, "email": f"{CANARY}@homes.example", "name": CANARY}
    sent = http.post(f"/api/v1/public/forms/{a_form}", json=form).json
    assert http.post(f"/api/v1/public/forms/{a_form}", json={**form, CANARY: CANARY}).status_code == 422
    work = work_of("notifications", actor=system_actor("notifications"))
    requester = a_participant(email=form["email"], name=CANARY)
    hear_opened(work, opened(requester, channel="webform", subject=CANARY, description=CANARY))
    mailing.write_registration(work, registration(form["email"]), SETTINGS)
    sender = Sink()
    assert len(send_all(work, sender)) == 2
    assert_silent(log_text, (sent["token"], sender.mails[0].message_id), '"inbound.submit_webform"')


def test_a_mail_and_an_answer_by_mail(work_of, tmp_path, log_text):
    """Read, told and put on a ticket, by a reply address that is a secret of its participant."""
    reading = work_of("inbound", actor=system_actor("inbound"))
    own = OwnMail(SETTINGS.links, SETTINGS.mail_domain)
    participant, answers = a_participant()["participant_id"], []
    address = f"reply+{SETTINGS.links.sign('reply', participant.bytes)}@{SETTINGS.mail_domain}"
    for to in ("desk@desk.example", address):
        mail = a_mail(From=f"{CANARY} <{CANARY}@homes.example>", To=to, Subject=CANARY, body=f"{CANARY}\n> {CANARY}")
        answers.append((received(reading, to=to, envelope_from=f"{CANARY}@homes.example"), {"mail": read(mail)}))
    inbound.conclude_messages(reading, answers, own)
    assert [name for name, _ in reading.facts] == ["MessageReceived"] * 2
    writing = work_of("tickets", actor=system_actor("tickets"))
    for _, payload in list(reading.facts):
        fact = GivenFact(MessageReceived, MessageReceived().load(payload))
        reports.receive_mail(writing, FileStore(tmp_path), fact)
        writing.flush()
    assert_silent(log_text, (address.split("@")[0],))


class Quoting(Sink):
    """A relay that refuses mails in the words of many: with the return path, its `+` as links escape it, and the id."""

    outcomes = (PutOff, RelayAway, Refused)

    def send(self, mail):
        """Refuse a mail."""
        outcome = self.outcomes[len(self.mails)]
        self.mails.append(mail)
        escaped = mail.sender.replace("+", "%2B")
        raise outcome(f"553 <{mail.sender}> rejected, see https://spf.example/Why?id={escaped} {mail.message_id}")


def test_what_a_relay_quotes(work_of, log_text):
    """The token of a reply address is its participant's: no log, no fact and no row of a delivery has it."""
    work = work_of("notifications", actor=system_actor("notifications"))
    agent, requester = a_participant("agent", a_person(work)), a_participant()
    ticket = hear_opened(work, opened(requester))
    send_all(work)
    hear_message(work, message(ticket, agent, [requester]))
    relay = Quoting()
    send_all(work, relay)
    kept = [deliveries(work, "state, error")]
    for _ in relay.outcomes[1:]:
        work.now += minutes(5)
        send_all(work, relay)
        kept.append(deliveries(work, "state, error"))
    mail = relay.mails[0]
    token, mark = mail.sender.split("@")[0].removeprefix("reply+"), mail.message_id.split("@")[0].rpartition(".")[2]
    assert [state for _, (state, _) in kept] == ["waiting", "waiting", "failed"]
    quoted = "553 <reply+…@desk.example> rejected, see https://spf.example/Why?id=reply%2B…@desk"
    assert [error.startswith(quoted) for _, (_, error) in kept] == [True] * 3
    assert [proof for proof in (token, mark) if proof in str([kept, told(work)])] == []
    assert_silent(log_text, (token, mark), "553 <reply+")


def test_the_smtp_process(smtp):
    """Its log is a file; it says that mails came and not what they are."""
    smtp.deliver(a_raw_mail(subject=CANARY, body=CANARY), f"desk@{DOMAIN}", sender=f"{CANARY}@homes.example")
    with smtp.connect() as client:
        client.docmd("AUTH", CANARY)
        client.docmd(CANARY, CANARY)
    assert smtp.rows() != []
    assert canaries_in((smtp.folder / "smtp.log").read_text()) == []


@pytest.mark.parametrize("fault", ["row", "value", "wrapped", "own"])
def test_what_breaks_is_logged_without_what_it_broke_on(desk_over_http, committed, monkeypatch, log_text, fault):
    """A refusal of PostgreSQL quotes the row it refuses; the log has its kind and its place."""
    faults = {
        "row": "INSERT INTO people (id, email, name) VALUES (gen_random_uuid(), %(text)s, %(text)s)",
        "value": "SELECT %(text)s::integer",
    }

    def break_down(work, *, email, password, **rest):
        quoted = f"{CANARY} {email}\n{password}"
        if fault == "own":
            raise RuntimeError("of ours")
        if fault == "wrapped":
            row = {"email": quoted, "name": quoted, "language": None, "created_at": MONDAY}
            work.session.execute(insert(Person), row)
        work.load(faults[fault], text=quoted)

    monkeypatch.setattr(sessions, "log_in", break_down)
    http, given = desk_over_http("identity"), {"email": "a@people.example", "password": f"{CANARY} password"}
    assert http.post("/api/v1/session", json=given).status_code == 500
    assert_silent(log_text, (), "A call failed.", "Traceback", "RuntimeError" if fault == "own" else "SQLSTATE 2")
