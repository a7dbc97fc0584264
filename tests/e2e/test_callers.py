"""A caller without an account: from the agent's typing to the receipt, the answer by mail and the rating."""

import re
from uuid import uuid4

import pytest

from tests.e2e.desk import PASSWORD
from tests.e2e.histories import kinds, rate
from tests.waiting import eventually


@pytest.fixture(scope="module")
def group(admin):
    """A usergroup with an agent of its own; `agent` is whom it was made with."""
    mark = uuid4().hex[:8]
    about = {"name": f"Agent {mark}", "role": "agent", "language": "en", "password": PASSWORD}
    agent = admin.post("/people", {"email": f"agent-{mark}@provider.example", **about})
    made = admin.post("/usergroups", {"name": f"Phone {mark}", "agents": [agent["id"]]})
    return {**made, "agent": agent}


@pytest.fixture(scope="module")
def agent(desk, group):
    """The agent who takes the calls."""
    return desk.sign_in(group["agent"]["email"])


def a_call(group, **asked):
    """Return what the agent types."""
    return {"subject": "Kein Licht", "description": "Im Keller.", "usergroup": group["id"], **asked}


def reply_of(agent, path, body):
    """Return a message of a ticket's once it is there."""

    def look():
        found = [one for one in agent.get(f"{path}/messages")["items"] if one["body"].strip() == body]
        assert len(found) == 1, found
        return found[0]

    return eventually(look, what="the reply on the ticket")


def test_from_the_call_to_the_rating(desk, sink, agent, group):
    """A receipt in the caller's language, their answer on the ticket as theirs, and their rating; no account."""
    caller, key = f"calla-{uuid4().hex[:8]}@homes.example", {"Idempotency-Key": uuid4().hex}
    call = a_call(group, requester_email=caller.replace("calla", "Calla"), requester_name="Calla Caller", language="de")
    ticket = agent.post("/tickets", call, headers=key)
    asking = {"person_id": None, "name": "Calla Caller", "email": caller}
    assert ticket["requester"] == {"participant_id": ticket["requester"]["participant_id"], **asking}
    assert agent.post("/tickets", call, headers=key) == ticket
    other = agent.ask("POST", "/tickets", {**call, "requester_email": f"other-{caller}"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "request_key_reused")

    receipt = sink.next_mail_to(caller, count=1)
    assert receipt["Subject"] == f"[#{ticket['number']}] Wir haben Ihre Anfrage erhalten"
    assert (receipt["Content-Language"], receipt["In-Reply-To"]) == ("de", None)
    text = receipt.get_body(("plain",)).get_content()
    follow = re.search(r"/api/v1(/public/requests/\S+)", text)[1]
    assert desk.anybody().get(follow)["number"] == ticket["number"]

    path = f"/tickets/{ticket['id']}"
    answers_to = receipt["Reply-To"].addresses[0].addr_spec
    desk.send_mail(caller, answers_to, f"Re: {receipt['Subject']}", "Auch im Hof.", In_Reply_To=receipt["Message-ID"])
    reply = reply_of(agent, path, "Auch im Hof.")
    assert (reply["internal"], reply["unverified"], reply["author_role"]) == (False, False, "requester")
    assert (reply["author"]["name"], reply["author"]["email"]) == ("Calla Caller", caller)

    agent.patch(path, {"status": "resolved"})
    rate(desk, sink, agent, caller, ticket)
    assert [mail["Content-Language"] for mail in sink.mails_to(caller)] == ["de", "de"]
    assert sink.mails_to(f"other-{caller}") == []
    assert kinds(agent, path).count("TicketOpened") == 1


def test_a_known_address_is_its_person(desk, sink, admin, agent, group):
    """The ticket is in their account, and the receipt in their own language, as where they are named by id."""
    email = f"rosa-{uuid4().hex[:8]}@homes.example"
    about = {"name": "Rosa Alba", "role": "requester", "language": "es", "password": PASSWORD}
    person = admin.post("/people", {"email": email, **about})
    rosa = desk.sign_in(email)
    # Named by id first: that waits for the copy of a person who was made a moment ago.
    claimed = {"requester_email": email.upper(), "requester_name": "Somebody Else", "language": "de"}
    for count, named in enumerate(({"requester": person["id"]}, claimed), start=1):
        ticket = agent.post("/tickets", a_call(group, **named))
        assert (ticket["requester"]["person_id"], ticket["requester"]["name"]) == (person["id"], "Rosa Alba")
        assert ticket["language"] == "es"
        assert rosa.get(f"/tickets/{ticket['id']}")["number"] == ticket["number"]
        receipt = sink.next_mail_to(email, count=count)
        assert receipt["Subject"] == f"[#{ticket['number']}] Hemos recibido su solicitud"


def test_who_may_not_open_tickets_for_others_names_no_address(desk, sink, admin):
    """Refused, not ignored; nobody is mailed."""
    caller, email = (f"{who}-{uuid4().hex[:8]}@homes.example" for who in ("calla", "rosa"))
    admin.post("/people", {"email": email, "name": "Rosa", "role": "requester", "password": PASSWORD})
    rosa = desk.sign_in(email)
    refused = rosa.ask("POST", "/tickets", {"subject": "S", "description": "D", "requester_email": caller})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert rosa.get("/tickets")["items"] == []
    # Mails leave in the order of their facts: whatever this one's would have been has left before the next.
    admin.post("/tickets", {"subject": "S", "description": "D", "requester_email": f"next-{caller}"})
    sink.next_mail_to(f"next-{caller}", count=1)
    assert sink.mails_to(caller) == []
