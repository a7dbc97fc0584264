"""Public messages: to each participant but the author, in the thread, with their files."""

import hashlib
from datetime import timedelta

import pytest

from chassis.errors import NotYet
from chassis.file_links import file_link
from chassis.ids import new_id
from chassis.testing import MONDAY, told
from services.notifications import actions
from services.notifications.domain import PASSED_ON_PER_HOUR
from services.notifications.senders.outcomes import Refused
from services.tickets.contract import NOTED_BY_MAIL
from services.tickets.contract.words import PARTICIPANT_ROLES
from tests.actions.notifications.given import (
    RESIDENT,
    SETTINGS,
    Sink,
    a_participant,
    a_person,
    assigned,
    deliveries,
    hear_message,
    hear_opened,
    html_of,
    lists,
    message,
    opened,
    participants,
    requester_of,
    send_all,
    text_of,
)

ANSWER = """\
##- reply above this line -##
(Pour répondre, écrivez au-dessus de cette ligne.)

Ada Agent a écrit dans la demande 26-000042\u00a0:

Nous envoyons un technicien demain.

Suivre la demande\u00a0:
https://desk.example/api/v1/public/requests/{token}

-- 
Vous recevez ce message car vous participez à la demande 26-000042.
"""  # noqa: W291 - the mark of a signature ends in a space (RFC 3676, 4.3)


def test_an_agents_answer_leaves_in_the_thread_of_the_report(work, ticket, agent):
    """Every header and the whole text."""
    (receipt_id,) = [row[0] for row in deliveries(work, "message_id")]
    hear_message(work, message(ticket, agent, [requester_of(ticket)]))
    sender = Sink()
    (answer,) = send_all(work, sender)
    assert answer["Subject"] == "[#26-000042] Le chauffage est en panne"
    assert answer["To"] == f"Rosa Resident <{RESIDENT}>"
    assert answer["References"].split() == ["<report@homes.example>", receipt_id]
    assert answer["In-Reply-To"] == receipt_id
    assert answer["Message-ID"] not in (receipt_id, "<report@homes.example>")
    assert answer["Auto-Submitted"] == "auto-generated"
    assert answer["X-Auto-Response-Suppress"] == "All"
    assert sender.mails[0].sender == answer["Reply-To"].addresses[0].addr_spec
    token = SETTINGS.links.sign("follow", str(ticket.data["requester"]["participant_id"]))
    assert text_of(answer) == ANSWER.format(token=token)
    assert '<p dir="auto">Nous envoyons un technicien demain.</p>' in html_of(answer)


def test_whoever_has_no_address_gets_no_mail(work, ticket, agent):
    """They wrote by a form that asks for none; whoever has one gets theirs."""
    hear_message(work, message(ticket, agent, [a_participant(email=None), requester_of(ticket)]))
    assert deliveries(work, "kind, recipient")[1:] == [("message", RESIDENT)]


HINTS = {
    "fr": "(Votre réponse par e-mail est conservée comme note interne\u202f; pour répondre à la personne qui a fait la"
    " demande, passez par Fielddesk.)",
    "en": "(Your reply by e-mail is kept as an internal note; to answer the requester, use Fielddesk.)",
    "es": "(Su respuesta por correo se guarda como nota interna; para contestar a la persona solicitante, utilice"
    " Fielddesk.)",
    "de": "(Ihre Antwort per E-Mail wird als interne Notiz gespeichert; der anfragenden Person antworten Sie in"
    " Fielddesk.)",
}


@pytest.mark.parametrize("language", HINTS)
def test_whose_answer_is_a_note_is_told_so(work, ticket, language):
    """Instead of being invited to answer; the line at which an answer is cut stays."""
    reader = a_participant("agent", person=a_person(work, language=language))
    hear_message(work, message(ticket, requester_of(ticket), [reader], author_role="requester"))
    (mail,) = send_all(work)
    assert text_of(mail).splitlines()[:2] == ["##- reply above this line -##", HINTS[language]]
    assert f"##- reply above this line -##<br>\n{HINTS[language]}</p>" in html_of(mail)


@pytest.mark.parametrize("role", sorted(set(PARTICIPANT_ROLES) - NOTED_BY_MAIL))
def test_whose_answer_is_public_is_invited_to_answer(work, ticket, role):
    """The role in this conversation decides, not what they are elsewhere: an incident's supervisor is a party to it."""
    reader = a_participant(role, person=a_person(work, roles=["manager"]))
    hear_message(work, message(ticket, requester_of(ticket), [reader], author_role="requester"))
    (mail,) = send_all(work)
    assert text_of(mail).splitlines()[1] == "(To reply, write above this line.)"


def test_references_name_the_first_mail_and_the_last_five(work, ticket, agent):
    """A conversation of a hundred mails still has short headers."""
    for _ in range(8):
        hear_message(work, message(ticket, agent, [requester_of(ticket)]))
        send_all(work)
    ids = [row[0] for row in deliveries(work, "message_id")]
    (thread,) = deliveries(work, "thread")[-1]
    assert thread == ["<report@homes.example>", *ids[-6:-1]]


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_what_never_left_is_in_no_thread(work, agent, state):
    """A receipt that was held back, or that nobody took, is in nobody's mailbox."""
    if state == "cancelled":
        # The second of one address within the hour.
        hear_opened(work, opened(channel="webform"))
    ticket = hear_opened(work, opened(channel="webform", number="26-000043", source={"message_id": None}))
    if state == "failed":
        send_all(work, Sink([Refused("550 no such user")]))
    hear_message(work, message(ticket, agent, [requester_of(ticket)]))
    assert deliveries(work, "kind, state, thread")[-2:] == [("receipt", state, []), ("message", "waiting", [])]


def test_what_our_mail_answers_comes_before_it_in_the_thread(work, agent):
    """Also where both are of one instant, whatever they are called."""
    report = {"message_id": "<z@homes.example>"}
    ticket = hear_opened(work, opened(source=report, opened_at=MONDAY))
    hear_message(work, message(ticket, agent, [requester_of(ticket)]))
    ((receipt_id, _), (_, thread)) = deliveries(work, "message_id, thread")
    assert thread == ["<z@homes.example>", receipt_id]


def test_a_participants_own_reply_is_in_the_thread_and_not_mailed_back(work, ticket, agent):
    """Its Message-ID is what our next mail to them answers; others do not get to see it."""
    requester = requester_of(ticket)
    watcher = a_participant("watcher", email="walter@homes.example")
    actions.change_participants(work, participants(ticket, [requester, watcher], version=2))
    reply = {"message_id": "<reply@homes.example>", "references": []}
    by_mail = {"mail": reply, "author_role": "requester", "written_at": MONDAY + timedelta(seconds=1)}
    hear_message(work, message(ticket, requester, [requester, watcher], version=3, **by_mail))
    assert [mail["To"].addresses[0].addr_spec for mail in send_all(work)] == ["walter@homes.example"]
    hear_message(work, message(ticket, agent, [requester, watcher], version=4))
    to_requester, to_watcher = send_all(work)
    assert to_requester["In-Reply-To"] == "<reply@homes.example>"
    assert "<reply@homes.example>" not in to_watcher["References"]


def test_mails_of_one_ticket_spend_nothing_of_another_ones_budget(work):
    """Two machines that answer each other on one do not silence the other conversations of whoever they write to."""
    first, second = (a_participant(role, email=f"{role}@homes.example") for role in ("requester", "watcher"))
    loud, quiet = (hear_opened(work, opened(first, [second], number=f"26-{number}")) for number in (1, 2))
    states = []
    for ticket in (*[loud] * (PASSED_ON_PER_HOUR + 1), quiet):
        hear_message(work, message(ticket, second, [first], channel="mail", author_role="requester"))
        states.append(deliveries(work, "state, error")[-1])
    assert states == [*[("waiting", None)] * PASSED_ON_PER_HOUR, ("cancelled", "budget_spent"), ("waiting", None)]


@pytest.mark.parametrize("bad", ["<a@b>\r\nBcc: x@y.example", "no brackets", "<two> <ids>", "<é@b>", f"<{'a' * 300}>"])
def test_what_is_no_message_id_is_not_repeated(work, agent, bad):
    """A Message-ID is text of a stranger's."""
    ticket = hear_opened(work, opened(source={"message_id": bad}))
    (receipt,) = send_all(work)
    assert (receipt["In-Reply-To"], receipt["References"], receipt["Bcc"]) == (None, None, None)
    assert ticket.data["source"]["message_id"] == bad


def test_the_author_gets_no_copy_in_whatever_form_they_are_listed(work, agent):
    """By participant, and by person where the same person is listed twice."""
    participant = a_participant("agent", person=agent)
    ticket = hear_opened(work, opened(others=[participant]))
    hear_message(work, message(ticket, agent, [participant]))
    hear_message(work, message(ticket, {**participant, "person_id": None}, [participant]))
    assert [kind for (kind,) in deliveries(work, "kind")] == ["receipt"]
    assert lists(work) == []


def test_an_automatic_message_is_mailed_to_nobody(work, ticket, agent):
    """Two out-of-office answers would write to each other for ever; the assignee sees it in the list."""
    actions.announce_assignment(work, assigned(ticket, agent["person_id"]), SETTINGS)
    watcher = a_participant("watcher", email="walter@homes.example")
    actions.change_participants(work, participants(ticket, [requester_of(ticket), watcher], version=2))
    author = requester_of(ticket)
    hear_message(work, message(ticket, author, [watcher], version=3, automatic=True, author_role="requester"))
    assert [kind for (kind,) in deliveries(work, "kind")] == ["receipt"]
    assert [row[:2] for row in lists(work)] == [
        (agent["person_id"], "assigned"),
        (agent["person_id"], "message"),
    ]


def test_a_message_told_twice_is_mailed_once(work, ticket, agent):
    """And listed once."""
    paul = a_person(work)
    participant = a_participant("watcher", person=paul)
    actions.change_participants(work, participants(ticket, [participant], version=2))
    fact = message(ticket, agent, [participant], version=3)
    hear_message(work, fact)
    hear_message(work, fact)
    assert [row for row in deliveries(work, "kind, recipient") if row[0] == "message"] == [("message", paul["email"])]
    assert lists(work) == [
        (paul["person_id"], "message", "Ada Agent wrote in request 26-000042: Le chauffage est en panne")
    ]


def test_a_message_before_its_ticket_waits(work, agent):
    """Facts may come in any order; nothing is written meanwhile."""
    ticket = opened()
    fact = message(ticket, agent, [requester_of(ticket)])
    with pytest.raises(NotYet):
        hear_message(work, fact)
    assert deliveries(work) == []
    hear_opened(work, ticket)
    hear_message(work, fact)
    assert [kind for (kind,) in deliveries(work, "kind")] == ["receipt", "message"]


def test_a_message_names_participants_before_any_list_does(work, ticket, agent):
    """Whoever a fact names takes part by then; lists that are older, and come later, do not change that."""
    newcomer = a_participant("watcher", email="nora@homes.example")
    hear_message(work, message(ticket, agent, [newcomer], version=4))
    actions.change_participants(work, participants(ticket, [requester_of(ticket)], version=3))
    assert [mail["To"].addresses[0].addr_spec for mail in send_all(work)] == ["nora@homes.example"]
    hear_message(work, message(ticket, agent, [newcomer], version=5))
    actions.change_participants(work, participants(ticket, [requester_of(ticket)], version=6))
    assert send_all(work) == []
    assert deliveries(work, "state, error")[-1] == ("cancelled", "no_longer_a_participant")


def test_an_older_list_names_once_whom_a_message_has_named(work, ticket, agent):
    """It comes later, and they were on it already."""
    newcomer = a_participant("watcher", email="nora@homes.example")
    hear_message(work, message(ticket, agent, [newcomer], version=4))
    actions.change_participants(work, participants(ticket, [requester_of(ticket), newcomer], version=3))
    (row,) = work.load("SELECT participants FROM tickets WHERE ticket_id = %(id)s", id=ticket.data["ticket_id"])
    assert [one["role"] for one in row.participants] == ["requester", "watcher"]


@pytest.mark.parametrize("version", [3, 4])
def test_a_message_to_somebody_who_has_left_since_is_not_written(work, ticket, agent, version):
    """The list is as new as the message, or newer: waiting would be for ever."""
    leaver = a_participant("watcher", email="lea@homes.example")
    actions.change_participants(work, participants(ticket, [requester_of(ticket)], version=4))
    hear_message(work, message(ticket, agent, [leaver, requester_of(ticket)], version=version))
    assert [row[1] for row in deliveries(work, "kind, recipient")[1:]] == [RESIDENT]


def test_an_older_list_of_participants_changes_nothing(work, ticket, agent):
    """Late facts do not bring back who has left."""
    leaver = a_participant("watcher", email="lea@homes.example")
    actions.change_participants(work, participants(ticket, [requester_of(ticket)], version=4))
    actions.change_participants(work, participants(ticket, [leaver], version=3))
    hear_message(work, message(ticket, agent, [leaver], version=3))
    assert [kind for (kind,) in deliveries(work, "kind")] == ["receipt"]


def test_two_lists_of_participants_of_one_change(work, ticket, agent):
    """The last one holds: a ticket that becomes private and another usergroup's tells whom each of the two leaves."""
    hidden_from = [a_participant(role, person=a_person(work)) for role in ("supervisor", "client")]
    everybody = [requester_of(ticket), *hidden_from]
    actions.change_participants(work, participants(ticket, everybody, version=2))
    actions.change_participants(work, participants(ticket, everybody[:2], version=3))
    actions.change_participants(work, participants(ticket, everybody[:1], version=3))
    (row,) = work.load("SELECT participants FROM tickets WHERE ticket_id = %(id)s", id=ticket.data["ticket_id"])
    assert [one["role"] for one in row.participants] == ["requester"]


def test_files_of_a_message_go_along(work, ticket, agent, store):
    """Linked into our own folder, under a clean name; HTML is sent as a file and never as a page."""
    contents = {"devis\r\n.pdf": b"%PDF-1.7 quote", "page.html": b"<script>alert(1)</script>"}
    attachments = [
        {
            "attachment_id": new_id(),
            "filename": filename,
            "content_type": "application/pdf" if filename.endswith("pdf") else "text/html",
            "size": len(content),
            "sha256": store.keep("tickets", content),
        }
        for filename, content in contents.items()
    ]
    hear_message(work, message(ticket, agent, [requester_of(ticket)], attachments=attachments), store)
    for attachment in attachments:
        store.path("tickets", attachment["sha256"]).unlink()
    (answer,) = send_all(work, store=store)
    assert [
        (part.get_filename(), part.get_content_type(), part.get_content()) for part in answer.iter_attachments()
    ] == [
        ("devis .pdf", "application/pdf", contents["devis\r\n.pdf"]),
        ("page.html", "application/octet-stream", contents["page.html"]),
    ]
    assert "Pièces jointes\u00a0:\n- devis .pdf\n- page.html\n" in text_of(answer)


LEFT_OUT = {
    "fr": ("Pièces jointes\u00a0:", "Trop volumineux pour cet e-mail, à télécharger ici\u00a0:"),
    "en": ("Attachments:", "Too large for this e-mail; download here:"),
    "es": ("Archivos adjuntos:", "Lo que no cabe en este correo puede descargarse aquí:"),
    "de": ("Anhänge:", "Zu groß für diese E-Mail, hier herunterzuladen:"),
}


@pytest.mark.parametrize("language", LEFT_OUT)
def test_what_is_attached_is_named_and_for_the_rest_where_it_is(work, ticket, agent, store, language):
    """In the reader's language; the link is their own."""
    reader = a_participant("watcher", email="walter@homes.example", language=language)
    # One byte more than there is room for.
    sizes = {"a.pdf": 1, "b\r\n<b>.mp4": 7 * 1024 * 1024, "c.pdf": 1}
    attachments = [_attachment(store, filename, b"x" * size) for filename, size in sizes.items()]
    hear_message(work, message(ticket, agent, [reader], attachments=attachments), store)
    (mail,) = send_all(work, store=store)
    assert [part.get_filename() for part in mail.iter_attachments()] == ["a.pdf", "c.pdf"]
    url = file_link(SETTINGS.links, "https://desk.example", reader["participant_id"], attachments[1]["attachment_id"])
    attached, left_out = LEFT_OUT[language]
    assert f"\n\n{attached}\n- a.pdf\n- c.pdf\n\n{left_out}\n- b <b>.mp4\n  {url}\n\n-- \n" in text_of(mail)
    assert f'<p>{left_out}</p>\n<ul>\n<li><a href="{url}">b &lt;b&gt;.mp4</a></li>\n</ul>' in html_of(mail)


def test_files_are_attached_in_their_order_while_there_is_room(work, ticket, agent, store):
    """What still fits goes along after one that did not, to the last byte."""
    sizes = {"a.pdf": 4 * 1024 * 1024, "b.mp4": 4 * 1024 * 1024, "c.pdf": 3 * 1024 * 1024}
    attachments = [_attachment(store, filename, b"x" * size) for filename, size in sizes.items()]
    hear_message(work, message(ticket, agent, [requester_of(ticket)], attachments=attachments), store)
    (mail,) = send_all(work, store=store)
    assert [part.get_filename() for part in mail.iter_attachments()] == ["a.pdf", "c.pdf"]


def test_what_a_version_before_wrote_leads_to_the_conversation(work, ticket, agent, store):
    """It kept no ids of files."""
    large = _attachment(store, "film.mp4", b"x" * (8 * 1024 * 1024))
    hear_message(work, message(ticket, agent, [requester_of(ticket)], attachments=[large]), store)
    work.load("UPDATE deliveries SET inputs = inputs #- '{files,0,attachment_id}' RETURNING id")
    (mail,) = send_all(work, store=store)
    token = SETTINGS.links.sign("follow", str(ticket.data["requester"]["participant_id"]))
    assert f"- film.mp4\n  https://desk.example/api/v1/public/requests/{token}\n" in text_of(mail)


def _attachment(store, filename, content):
    """Return a file as facts carry it, its bytes kept for tickets."""
    described = {"filename": filename, "content_type": "application/pdf", "size": len(content)}
    return {"attachment_id": new_id(), **described, "sha256": store.keep("tickets", content)}


def test_files_that_are_too_large_are_not_attached(work, ticket, agent, store):
    """Many servers refuse mails of more than ten megabytes."""
    content = hashlib.sha256(b"seed").digest() * (8 * 1024 * 1024 // 32)
    attachment = {
        "attachment_id": new_id(),
        "filename": "film.mp4",
        "content_type": "video/mp4",
        "size": len(content),
        "sha256": store.keep("tickets", content),
    }
    hear_message(work, message(ticket, agent, [requester_of(ticket)], attachments=[attachment]), store)
    (answer,) = send_all(work, store=store)
    assert list(answer.iter_attachments()) == []
    assert "Pièces jointes" not in text_of(answer) and "- film.mp4\n  https://" in text_of(answer)


def test_a_sent_mail_is_told_with_its_kind(work, ticket, agent):
    """For the history of the ticket."""
    told_before = len(told(work))
    hear_message(work, message(ticket, agent, [requester_of(ticket)]))
    send_all(work)
    (delivery_id,) = deliveries(work, "id")[-1]
    assert told(work)[told_before:] == [
        (
            "DeliverySent",
            {
                "delivery_id": str(delivery_id),
                "ticket_id": str(ticket.data["ticket_id"]),
                "participant_id": str(ticket.data["requester"]["participant_id"]),
                "person_id": None,
                "kind": "message",
                "sent_at": MONDAY.isoformat(),
            },
        )
    ]
