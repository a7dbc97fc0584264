"""CVE-2022-29701 (FreeScout): mails about a forgotten password without end, to whoever was named.

CVE-2026-45294 is the same again. In October 2025 forms of thousands of Zendesk desks, which asked for no proof of an
address, mailed the attacker's words to their victim. Here what somebody else's typing causes holds no text of users
at all, and an address gets few of it within an hour, whatever its spelling; and whoever types is
counted, too, whomever they name.
"""

from datetime import timedelta

import pytest
from jinja2 import Environment, meta

from chassis.actors import system_actor
from chassis.errors import TooMany
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.identity.actions import registrations
from services.identity.domain import REGISTRATIONS_PER_ORIGIN
from services.inbound import actions as inbound
from services.inbound.domain import SUBMISSIONS_AN_HOUR, SUBMISSIONS_PER_ORIGIN
from services.notifications import actions
from services.notifications.actions.composing import UNASKED
from services.notifications.wording import LINKS, wording
from tests.actions.notifications.given import (
    SETTINGS,
    Sink,
    a_participant,
    deliveries,
    hear_opened,
    opened,
    registration,
    send_all,
)

CANARY = "Buy-pills-at-spam.example"
SPELLINGS = ("victim@homes.example", "Victim@Homes.example", "victim+1@homes.example")


@pytest.mark.parametrize("registered", [True, False])
def test_of_a_hundred_registrations_three_are_told(work, a_person, registered):
    """Without a limit anybody fills another's mailbox; an hour later it begins anew."""
    email = a_person()["email"] if registered else SPELLINGS[0]
    asked = {"name": CANARY, "language": "fr", "origin": ""}

    def ask(now=MONDAY):
        work.now = now
        answer = registrations.register(work, email=email, **asked)
        work.flush()
        return tuple(answer)

    assert {ask() for _ in range(100)} == {("person_id",)}
    assert [name for name, _ in told(work)] == ["RegistrationRequested"] * 3
    ask(MONDAY + timedelta(hours=1))
    assert len(told(work)) == 4


def test_of_a_hundred_forms_that_name_one_victim_one_is_mailed(work_of):
    """Inbound stops taking them, and of those that it takes one is answered; with none of the form's words."""
    work = work_of("inbound", actor=system_actor("inbound"))
    form = {"slug": "flood", "name": "Lifts", "language": "en", "usergroup_id": None, "category_id": None}
    inbound.create_webform(work, work.actor, **form, fields=None)
    del work.facts[:]
    taken = sum(_is_taken(work, number) for number in range(100))
    forms = [payload for name, payload in told(work) if name == "WebformSubmitted"]
    # Another case is the same address to inbound, another tag the next budget but the same mailbox to the mails.
    assert taken == len(forms) == 2 * SUBMISSIONS_AN_HOUR
    mailing, sender = work_of("notifications", actor=system_actor("notifications")), Sink()
    for payload in forms[::5]:
        requester = a_participant(email=payload["email"], name=payload["name"])
        words = {"subject": payload["subject"], "description": payload["description"]}
        hear_opened(mailing, opened(requester, channel="webform", source={"message_id": None}, **words))
    (mail,) = send_all(mailing, sender)
    assert CANARY not in mail.as_string() and "spam" not in sender.mails[0].content.decode()
    states = [state for (state,) in deliveries(mailing, "state")]
    assert sorted(states) == ["cancelled"] * 11 + ["sent"]


def _is_taken(work, number):
    said = {"subject": f"{CANARY} {number}", "description": CANARY, "name": CANARY, "email": SPELLINGS[number % 3]}
    where = {"slug": "flood", "site": None, "language": None, "origin": ""}
    try:
        inbound.submit_webform(work, **said, **where)
    except TooMany as refusal:
        assert refusal.code == "too_many_requests"
        return False
    work.flush()
    return True


def test_who_asks_is_counted_whomever_they_name(desk_over_http, own_databases, a_form):
    """One client that makes up addresses has a few mailed, and closes no form to others; the rest makes nothing."""
    http, mark = desk_over_http("identity", "inbound"), new_id().hex
    networks = {"flood": "9.9.7.1", "other": "9.9.7.2", "proxy": "10.0.0.1"}

    def ask(path, number, network="flood", **said):
        body = {"email": f"{number}.{mark}@{network}.example", "name": CANARY, **said}
        answer = http.post(f"/api/v1{path}", json=body, environ_base={"REMOTE_ADDR": networks[network]})
        return answer.status_code, answer.json.get("code"), answer.headers.get("Retry-After", "0") != "0"

    def told_of(service, network):
        named = "SELECT 1 FROM outbox WHERE payload->>'email' LIKE %(like)s"
        return len(own_databases(service).read(named, like=f"%{mark}@{network}.example"))

    refused, form = (429, "too_many_requests", True), f"/public/forms/{a_form}"
    asked = [ask("/registrations", number) for number in range(30)]
    assert asked == [(202, None, False)] * REGISTRATIONS_PER_ORIGIN + [refused] * 10
    said = {"subject": CANARY, "description": CANARY}
    sent = [ask(form, number, **said) for number in range(70)]
    assert sent == [(201, None, False)] * SUBMISSIONS_PER_ORIGIN + [refused] * 10
    assert ask(form, 0, **said | {"email": None}) == refused
    for network in ("other", "proxy"):
        assert ask("/registrations", 0, network)[0] == 202
        assert [ask(form, 0, network, **said, **named)[0] for named in ({}, {"email": None})] == [201, 201]
    told_by = {service: [told_of(service, network) for network in networks] for service in ("identity", "inbound")}
    assert told_by == {"identity": [REGISTRATIONS_PER_ORIGIN, 1, 1], "inbound": [SUBMISSIONS_PER_ORIGIN, 1, 1]}
    assert {ask("/registrations", number, "proxy")[0] for number in range(1, 40)} == {202}


def test_of_a_hundred_facts_about_an_address_three_are_mailed(work_of):
    """Notifications counts by itself, each spelling for the same mailbox, whatever identity has let through."""
    work = work_of("notifications", actor=system_actor("notifications"))
    for number in range(100):
        email = SPELLINGS[number % 3]
        actions.write_registration(work, registration(email, already_registered=number % 2 == 0), SETTINGS)
        work.flush()
    held_back = [row for row in deliveries(work, "state, error") if row[0] != "waiting"]
    assert held_back == [("cancelled", "budget_spent")] * 97
    assert len(send_all(work)) == 3


@pytest.mark.parametrize("kind", sorted(UNASKED))
def test_the_wording_of_what_nobody_asked_for_has_no_room_for_words_of_users(kind):
    """Read out of the templates, in all languages: the ticket's number and links of ours."""
    named = {
        name
        for parts in wording(kind).values()
        for text in parts.values()
        for name in meta.find_undeclared_variables(Environment(autoescape=True).parse(text))
    }
    assert named <= {"number", *LINKS}
