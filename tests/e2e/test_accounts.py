"""An account of one's own: from the report of a stranger, by the mailed link, to that very ticket in the list."""

import re
from uuid import uuid4

import pytest

from tests.e2e.desk import PASSWORD
from tests.waiting import eventually


@pytest.fixture(scope="module")
def mailbox(admin):
    """The address of a mailbox without a usergroup."""
    address = f"reports-{uuid4().hex[:8]}@demo.fielddesk.example"
    admin.post("/mailboxes", {"address": address, "name": "Reports", "language": "fr"})
    return address


def register(desk, sink, email):
    """Ask for an account; return the answer and the path of the link that is mailed."""
    before = len(sink.mails_to(email))
    answer = desk.anybody().post("/registrations", {"email": email, "name": "Rosa", "language": "fr"}, status=202)
    mail = sink.next_mail_to(email, count=before + 1)
    link = re.search(r"/api/v1(/public/registrations/\S+)", mail.get_body(("plain",)).get_content())
    return answer, link and link[1]


def test_a_stranger_finds_their_ticket_in_the_account_that_they_open(desk, sink, mailbox):
    email = f"rosa-{uuid4().hex[:8]}@homes.example"
    desk.send_mail(email, mailbox, "Plus de lumière", "Bonjour, il n'y a plus de lumière dans le hall.")
    sink.next_mail_to(email, count=1)
    answer, link = register(desk, sink, email)
    nobody = desk.anybody()
    shown = nobody.get(link)
    assert (shown["email"], shown["name"]) == (email, "Rosa")
    refused = nobody.ask("POST", link, {})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["password"])
    assert nobody.post(link, {"password": PASSWORD}, status=200) == answer
    used = nobody.ask("POST", link, {"password": "another password"})
    assert (used.status_code, used.json()["code"]) == (404, "link_not_found")
    rosa = desk.sign_in(email)
    assert rosa.person["roles"] == ["requester"]
    (ticket,) = eventually(lambda: rosa.get("/tickets")["items"], what="the ticket that was there before")
    assert (ticket["subject"], ticket["requester"]["person_id"]) == ("Plus de lumière", rosa.person["id"])


def test_an_invited_worker_chooses_their_password_and_signs_in(desk, sink, admin):
    email = f"wim-{uuid4().hex[:8]}@provider.example"
    person = {"email": email, "name": "Wim", "role": "worker", "language": "de"}
    invited = admin.post("/people", person)
    mail = sink.next_mail_to(email, count=1)
    assert mail["Subject"] == "Ada Admin lädt Sie zu Fielddesk ein"
    link = re.search(r"/api/v1(/public/registrations/\S+)", mail.get_body(("plain",)).get_content())[1]
    assert desk.anybody().post(link, {"password": PASSWORD}, status=200) == {"person_id": invited["id"]}
    assert desk.sign_in(email).person["roles"] == ["worker"]
    assert desk.anybody().ask("POST", link, {"password": "another password"}).status_code == 404
    assert len(sink.mails_to(email)) == 1


def test_whoever_lost_their_invitation_is_sent_another_one(desk, sink, admin):
    email = f"wim-{uuid4().hex[:8]}@provider.example"
    invited = admin.post("/people", {"email": email, "name": "Wim", "role": "worker", "language": "es"})
    path = f"/people/{invited['id']}/invitations"
    sink.next_mail_to(email, count=1)
    assert admin.post(path, {}, status=202) == invited
    sink.next_mail_to(email, count=2)
    older, latest = (
        re.search(r"/api/v1(/public/registrations/\S+)", mail.get_body(("plain",)).get_content())[1]
        for mail in sink.mails_to(email)
    )
    assert [mail["Subject"] for mail in sink.mails_to(email)] == ["Ada Admin le invita a usar Fielddesk"] * 2
    refused = desk.anybody().ask("POST", older, {"password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (404, "link_not_found")
    assert desk.anybody().post(latest, {"password": PASSWORD}, status=200) == {"person_id": invited["id"]}
    assert desk.sign_in(email).person["roles"] == ["worker"]
    refused = admin.ask("POST", path, {})
    assert (refused.status_code, refused.json()["code"]) == (409, "password_chosen")
    assert len(sink.mails_to(email)) == 2


def test_whoever_types_in_the_address_of_an_account_gets_the_same_answer_and_no_link(desk, sink, admin):
    email = f"olga-{uuid4().hex[:8]}@homes.example"
    admin.post("/people", {"email": email, "name": "Olga", "role": "requester", "password": PASSWORD})
    answer, link = register(desk, sink, email)
    assert (list(answer), link) == (["person_id"], None)
    assert desk.sign_in(email).person["name"] == "Olga"
