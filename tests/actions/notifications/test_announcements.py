"""Notes, assignments, moves, resolutions, incidents: who is told, how, and who is not."""

from datetime import timedelta

import pytest

from chassis.bus.entrypoints import On, entrypoints_of
from chassis.errors import NotYet
from chassis.ids import new_id
from services.notifications import actions
from services.notifications.service import NotificationsService
from tests.actions.notifications.given import (
    RESIDENT,
    SETTINGS,
    TUESDAY,
    a_participant,
    a_person,
    a_site,
    assigned,
    deliveries,
    hear_message,
    hear_opened,
    html_of,
    lists,
    message,
    moved,
    note,
    opened,
    participants,
    requester_of,
    resolved,
    send_all,
    text_of,
)


def test_a_note_is_told_to_the_assignee_in_the_app_and_never_mailed(work, ticket, agent):
    """Other readers are not told, nor is the author."""
    other = a_person(work, name="Otto Other")
    actions.announce_assignment(work, assigned(ticket, agent["person_id"]), SETTINGS)
    actions.announce_note(work, note(ticket, other, [agent["person_id"], other["person_id"]]))
    actions.announce_note(work, note(ticket, agent, [agent["person_id"], other["person_id"]]))
    actions.announce_note(work, note(ticket, other, [other["person_id"]]))
    assert [row for row in lists(work) if row[1] == "note"] == [
        (
            agent["person_id"],
            "note",
            "Otto Other has added an internal note to request 26-000042: Le chauffage est en panne",
        )
    ]
    assert [kind for (kind,) in deliveries(work, "kind")] == ["receipt"]


@pytest.mark.parametrize(
    ("language", "unverified", "automatic"),
    [
        (
            "fr",
            "Un e-mail de kate@other.example a été conservé comme note interne de la demande 26-000042, car son "
            "expéditeur n’est pas confirmé\u00a0:",
            "Un e-mail automatique de kate@other.example a été conservé comme note interne de la demande 26-000042 "
            "(absence, échec de remise ou réponse à une invitation)\u00a0:",
        ),
        (
            "en",
            "An e-mail from kate@other.example has been kept as an internal note on request 26-000042, as its sender "
            "is not confirmed:",
            "An automatic e-mail from kate@other.example has been kept as an internal note on request 26-000042 "
            "(absence, failed delivery or answer to an invitation):",
        ),
        (
            "es",
            "Un correo de kate@other.example se ha guardado como nota interna de la solicitud 26-000042, porque su "
            "remitente no está confirmado:",
            "Un correo automático de kate@other.example se ha guardado como nota interna de la solicitud 26-000042 "
            "(ausencia, entrega fallida o respuesta a una invitación):",
        ),
        (
            "de",
            "Eine E-Mail von kate@other.example wurde als interne Notiz zur Anfrage 26-000042 gespeichert, da ihr "
            "Absender nicht bestätigt ist:",
            "Eine automatische E-Mail von kate@other.example wurde als interne Notiz zur Anfrage 26-000042 gespeichert "
            "(Abwesenheit, fehlgeschlagene Zustellung oder Antwort auf eine Einladung):",
        ),
    ],
)
def test_a_mail_that_is_kept_as_a_note_is_told_as_one(work, ticket, language, unverified, automatic):
    """By its address, not by the name that it claims; whoever is bounced or away has added nothing."""
    agent, kate = a_person(work, language=language), {"person_id": None, "name": "Kate"}
    actions.announce_assignment(work, assigned(ticket, agent["person_id"]), SETTINGS)
    mail = {"email": "kate@other.example", "automatic": False, "unverified": True}
    for given in (mail, {**mail, "automatic": True}, {**mail, "automatic": True, "unverified": False}):
        actions.announce_note(work, note(ticket, kate, [agent["person_id"]], given))
    subject = "Le chauffage est en panne"
    titles = [title for (title,) in lists(work, "title")][1:]
    assert titles == [f"{unverified} {subject}", f"{automatic} {subject}", f"{automatic} {subject}"]


@pytest.mark.parametrize(
    ("mail", "told"),
    [
        (
            {"email": None, "automatic": False, "unverified": True},
            "An e-mail from Kate has been kept as an internal note",
        ),
        ({"email": "k@x.example", "automatic": False, "unverified": False}, "Kate has added an internal note"),
    ],
)
def test_a_mail_without_an_address_goes_by_its_name_and_a_proven_one_too(work, ticket, agent, mail, told):
    """There is nothing else, or nothing to doubt."""
    actions.announce_assignment(work, assigned(ticket, agent["person_id"]), SETTINGS)
    actions.announce_note(work, note(ticket, {"person_id": None, "name": "Kate"}, [agent["person_id"]], mail))
    assert lists(work, "title")[-1][0].startswith(told)


def test_an_assignment_is_told_to_the_agent_in_their_language(work, ticket):
    """In the app only."""
    agent = a_person(work, language="de")
    actions.announce_assignment(work, assigned(ticket, agent["person_id"]), SETTINGS)
    assert lists(work) == [
        (
            agent["person_id"],
            "assigned",
            "Die Anfrage 26-000042 wurde Ihnen zugewiesen: Le chauffage est en panne",
        )
    ]


def test_whoever_takes_a_ticket_is_not_told_so(work, ticket, agent):
    """They know."""
    actor = {"person_id": str(agent["person_id"]), "name": "Ada Agent"}
    actions.announce_assignment(work, assigned(ticket, agent["person_id"], actor=actor), SETTINGS)
    assert lists(work) == []


def test_whoever_has_the_ticket_already_is_not_told_again(work, ticket, agent):
    """Only who answers for it is news; that a person has confirmed whom routing had found is not."""
    other = a_person(work)
    for version, person in enumerate((agent, agent, other, agent), 2):
        actions.announce_assignment(work, assigned(ticket, person["person_id"], version=version), SETTINGS)
    expected = [agent["person_id"], other["person_id"], agent["person_id"]]
    assert sorted(row[0] for row in lists(work)) == sorted(expected)


def test_a_late_assignment_is_passed_over(work, ticket, agent):
    """Whoever was assigned last is the assignee in whichever order the facts come."""
    other = a_person(work)
    actions.announce_assignment(work, assigned(ticket, agent["person_id"], version=5), SETTINGS)
    actions.announce_assignment(work, assigned(ticket, other["person_id"], version=4), SETTINGS)
    assert [row[0] for row in lists(work)] == [agent["person_id"]]
    assert work.one("SELECT assignee_id FROM tickets").assignee_id == agent["person_id"]


@pytest.mark.parametrize(("roles", "lines"), [(["agent"], ["message", "note"]), (["requester"], [])])
def test_a_former_agent_is_told_nothing_of_what_they_answered_for(work, ticket, agent, roles, lines):
    """The role is gone before anybody takes the ticket over (CVE-2026-48811)."""
    actions.announce_assignment(work, assigned(ticket, agent["person_id"]), SETTINGS)
    of_agent = "UPDATE people SET roles = %(roles)s WHERE person_id = %(person_id)s"
    work.load(of_agent, roles=roles, person_id=agent["person_id"])
    other = a_person(work)
    hear_message(work, message(ticket, requester_of(ticket), [], automatic=True))
    actions.announce_note(work, note(ticket, other, [agent["person_id"]]))
    assert [kind for person, kind, _ in lists(work)][1:] == lines


def test_the_beginning_of_work_is_told_once(work, ticket):
    """To those who follow, however often the ticket goes back and forth; not to whoever began it."""
    worker = a_person(work)
    people = [
        requester_of(ticket),
        a_participant("worker", person=worker),
        a_participant("supervisor", email="s@x.example"),
        a_participant("watcher", email="w@x.example"),
    ]
    actions.change_participants(work, participants(ticket, people, version=2))
    actor = {"person_id": str(worker["person_id"]), "name": worker["name"]}
    for version in (4, 6):
        actions.announce_status(work, moved(ticket, "in_progress", people, version=version, actor=actor), SETTINGS)
    assert deliveries(work, "kind, recipient")[1:] == [("work_started", RESIDENT), ("work_started", "w@x.example")]
    assert lists(work) == []


@pytest.mark.parametrize("status", ["open", "planned", "pending", "closed"])
def test_other_moves_are_not_mailed(work, ticket, status):
    """A planned intervention has its own fact, with the window."""
    actions.announce_status(work, moved(ticket, status, [requester_of(ticket)]), SETTINGS)
    assert [kind for (kind,) in deliveries(work, "kind")] == ["receipt"]


def test_every_move_says_who_takes_part(work, ticket):
    """Whoever was just assigned is told of the interventions that follow."""
    agent = a_participant("agent", person=a_person(work))
    service = NotificationsService()
    service.settings = SETTINGS
    assert entrypoints_of(NotificationsService, On)["ticket_status_changed"].only_if is None
    service.ticket_status_changed(work, moved(ticket, "open", [requester_of(ticket), agent], version=3))
    (row,) = work.load("SELECT participants FROM tickets WHERE ticket_id = %(id)s", id=ticket.data["ticket_id"])
    assert str(agent["participant_id"]) in [one["participant_id"] for one in row.participants]


def test_the_requester_of_a_resolved_ticket_may_rate_it(work, ticket):
    """Only they get the link; it names them and nothing else."""
    client = a_participant("client", email="clara@homes.example", language="en")
    actions.change_participants(work, participants(ticket, [requester_of(ticket), client], version=2))
    actions.announce_status(work, moved(ticket, "resolved", [requester_of(ticket), client]), SETTINGS)
    actions.ask_for_satisfaction(work, resolved(ticket), SETTINGS)
    to_client, to_requester = send_all(work)
    token = SETTINGS.links.sign("satisfaction", str(ticket.data["requester"]["participant_id"]))
    link = f"https://desk.example/api/v1/public/satisfaction/{token}"
    assert f"aucun compte n’est nécessaire\u00a0:\n{link}\n" in text_of(to_requester)
    assert f'<a href="{link}">{link}</a>' in html_of(to_requester)
    assert to_requester["Subject"] == to_client["Subject"] == "[#26-000042] Le chauffage est en panne"
    assert "satisfaction" not in to_client.as_string()
    assert "has been resolved" in text_of(to_client)


def test_a_resolution_told_twice_is_mailed_once_and_the_next_one_again(work, ticket):
    """The ticket may be opened again and resolved again."""
    for version in (9, 9, 14):
        actions.ask_for_satisfaction(work, resolved(ticket, version=version), SETTINGS)
    assert [kind for (kind,) in deliveries(work, "kind")] == ["receipt", "resolved", "resolved"]


def test_whoever_has_rated_already_is_not_asked_again(work, ticket):
    """The link would answer 409; the rest of the mail is the same."""
    actions.ask_for_satisfaction(work, resolved(ticket, already_rated=True), SETTINGS)
    mail = send_all(work)[-1]
    assert "est résolue. Si ce n’est pas le cas, répondez à ce message.\n\nSuivre la demande\u00a0:\n" in text_of(mail)
    assert "satisfaction" not in mail.as_string()


def test_an_incident_is_told_to_everybody_concerned_but_its_author(work):
    """By mail, so that they can answer, and in the app."""
    worker, client = a_person(work, name="Willi Worker"), a_person(work, language="es")
    author = a_participant("requester", person=worker)
    others = [a_participant("client", person=client), a_participant("worker", person=worker)]
    fact = opened(author, others, kind="incident", channel="incident", subject="Boiler room", description="Locked.")
    hear_opened(work, fact)
    (mail,) = send_all(work)
    assert mail["To"].addresses[0].addr_spec == client["email"]
    assert "Willi Worker ha comunicado una incidencia" in text_of(mail)
    assert "\n\nBoiler room\n\nLocked.\n\n" in text_of(mail)
    assert lists(work) == [(client["person_id"], "incident", "Incidencia 26-000042: Boiler room")]


REASONS = {"fr": "Accès impossible", "en": "Access impossible", "es": "Acceso imposible", "de": "Kein Zugang"}


def declared(work, reader, *, site_id=None, **changes):
    """Tell of an incident that a French-speaking worker has declared; return the mail to its one reader."""
    hear_incident(work, a_participant("client", person=reader), site_id=site_id, **changes)
    (mail,) = send_all(work)
    return mail


def hear_incident(work, reader, *, site_id=None, **changes):
    """Handle the opening of an incident that a French-speaking worker has declared; return it."""
    declaration = {
        "reason_names": REASONS,
        "place": "Lindenhof › Flat <12>",
        "starts_at": TUESDAY,
        "ends_at": TUESDAY + timedelta(hours=2),
        "ticket_number": "26-000041",
        **changes,
    }
    author = a_participant("requester", person=a_person(work, name="Willi Worker"))
    incident = {"kind": "incident", "channel": "incident", "subject": "Accès impossible", "description": "Locked."}
    return hear_opened(work, opened(author, [reader], site_id=site_id, declaration=declaration, **incident))


@pytest.mark.parametrize(
    ("language", "reason", "lines", "title"),
    [
        (
            "fr",
            "Accès impossible",
            "Lieu\u00a0: Lindenhof › Flat <12>\n"
            "Intervention\u00a0: mardi 17 novembre 2026, 08:00 – 10:00 (heure moyenne de Greenwich)\n"
            "Pour la demande\u00a0: 26-000041",
            "Incident 26-000042\u00a0: Accès impossible – Lindenhof › Flat <12>",
        ),
        (
            "en",
            "Access impossible",
            "Place: Lindenhof › Flat <12>\n"
            "Visit: Tuesday, 17 November 2026, 08:00 – 10:00 (Greenwich Mean Time)\n"
            "For request: 26-000041",
            "Incident 26-000042: Access impossible – Lindenhof › Flat <12>",
        ),
        (
            "es",
            "Acceso imposible",
            "Lugar: Lindenhof › Flat <12>\n"
            "Visita: martes, 17 de noviembre de 2026, 8:00 – 10:00 (hora del meridiano de Greenwich)\n"
            "Para la solicitud: 26-000041",
            "Incidencia 26-000042: Acceso imposible – Lindenhof › Flat <12>",
        ),
        (
            "de",
            "Kein Zugang",
            "Ort: Lindenhof › Flat <12>\n"
            "Einsatz: Dienstag, 17. November 2026, 08:00 – 10:00 (Mittlere Greenwich-Zeit)\n"
            "Zur Anfrage: 26-000041",
            "Vorfall 26-000042: Kein Zugang – Lindenhof › Flat <12>",
        ),
    ],
)
def test_an_incident_says_what_where_and_when_in_the_readers_language(work, language, reason, lines, title):
    """Whatever the language of whoever declared it; the window is told in the zone of the site."""
    reader = a_person(work, language=language)
    mail = declared(work, reader, site_id=a_site(work, "Europe/London"))
    assert mail["Subject"] == f"[#26-000042] {reason}"
    assert f"\n\n{reason}\n{lines}\n\nLocked.\n\n" in text_of(mail)
    assert "Lindenhof › Flat &lt;12&gt;" in html_of(mail)
    assert lists(work) == [(reader["person_id"], "incident", title)]


@pytest.mark.parametrize(
    ("language", "told", "line"),
    [
        ("fr", {"ticket_kind": "incident"}, "Pour l’incident\u00a0: 26-000041"),
        ("en", {"ticket_kind": "incident"}, "For incident: 26-000041"),
        ("es", {"ticket_kind": "incident"}, "Para la incidencia: 26-000041"),
        ("de", {"ticket_kind": "incident"}, "Zum Vorfall: 26-000041"),
        ("en", {"ticket_kind": "maintenance"}, "For request: 26-000041"),
    ],
)
def test_an_incident_that_was_found_about_another_says_so(work, language, told, line):
    """In the text and in the HTML; whatever else it is about is called a request."""
    mail = declared(work, a_person(work, language=language), site_id=a_site(work), **told)
    assert f"\n{line}\n\nLocked.\n\n" in text_of(mail)
    assert f"{line.removesuffix('26-000041')}<bdi>26-000041</bdi>" in html_of(mail)


def test_an_incident_of_which_an_earlier_version_told_no_place_is_at_that_of_its_site(work):
    reader = a_participant("client", person=a_person(work, language="en"))
    hear_incident(work, reader, site_id=a_site(work, name="Lift 3"), place=None)
    (mail,) = send_all(work)
    assert "\nPlace: Lift 3\nVisit: " in text_of(mail)


@pytest.mark.parametrize("language", REASONS)
def test_every_mail_of_an_incident_has_one_subject_in_the_readers_language(work, agent, language):
    """What is written later, too; the line in the list likewise."""
    person = a_person(work, language=language)
    reader = a_participant("client", person=person)
    incident = hear_incident(work, reader)
    hear_message(work, message(incident, agent, [reader]))
    actions.announce_status(work, moved(incident, "in_progress", [reader]), SETTINGS)
    assert [mail["Subject"] for mail in send_all(work)] == [f"[#26-000042] {REASONS[language]}"] * 3
    assert REASONS[language] in lists(work, "title")[1][0]


@pytest.mark.parametrize(
    ("language", "why", "written", "done"),
    [
        (
            "fr",
            "car l’incident 26-000042 vous concerne.",
            "Ada Agent a écrit au sujet de l’incident 26-000042\u00a0:",
            "L’incident 26-000042 est résolu\u00a0:",
        ),
        (
            "en",
            "because incident 26-000042 concerns you.",
            "Ada Agent wrote about incident 26-000042:",
            "Incident 26-000042 has been resolved:",
        ),
        (
            "es",
            "porque la incidencia 26-000042 le concierne.",
            "Ada Agent ha escrito sobre la incidencia 26-000042:",
            "La incidencia 26-000042 está resuelta:",
        ),
        (
            "de",
            "weil der Vorfall 26-000042 Sie betrifft.",
            "Ada Agent hat zum Vorfall 26-000042 geschrieben:",
            "Der Vorfall 26-000042 ist erledigt:",
        ),
    ],
)
def test_an_incident_is_called_one_wherever_it_is_told_of(work, agent, language, why, written, done):
    """In the line below every mail, what is written and the resolution, also once somebody has renamed it."""
    reader = a_participant("client", person=a_person(work, language=language))
    incident = hear_incident(work, reader)
    hear_message(work, message(incident, agent, [reader], subject="Renamed"))
    actions.announce_status(work, moved(incident, "resolved", [reader]), SETTINGS)
    texts = [text_of(mail) for mail in send_all(work)]
    assert [text.rstrip().endswith(why) for text in texts] == [True] * 3
    assert f"\n\n{written}\n\n" in texts[1]
    assert [written in lists(work, "title")[1][0], done in lists(work, "title")[2][0]] == [True, True]


def test_whose_incident_it_is_reads_so_in_their_list(work):
    """The assignment and the notes."""
    agent, other = a_person(work, language="fr"), a_person(work, name="Otto Other")
    incident = hear_incident(work, a_participant("client"))
    actions.announce_assignment(work, assigned(incident, agent["person_id"]), SETTINGS)
    actions.announce_note(work, note(incident, other, [agent["person_id"]]))
    assert lists(work, "person_id, title") == [
        (agent["person_id"], "L’incident 26-000042 vous est attribué\u00a0: Accès impossible"),
        (
            agent["person_id"],
            "Otto Other a ajouté une note interne à l’incident 26-000042\u00a0: Accès impossible",
        ),
    ]


def test_an_incident_that_somebody_has_renamed_is_called_so(work, agent):
    """In every language."""
    reader = a_participant("client", person=a_person(work, language="de"))
    incident = hear_incident(work, reader)
    hear_message(work, message(incident, agent, [reader], subject="Schlüssel fehlt"))
    assert send_all(work)[-1]["Subject"] == "[#26-000042] Schlüssel fehlt"


def test_an_incident_of_a_teller_of_before_says_what_it_can(work):
    """Without names of the reason there is the ticket's subject, without a window and a place no line for them."""
    mail = declared(work, a_person(work), reason_names={}, place=None, starts_at=None, ends_at=None)
    assert mail["Subject"] == "[#26-000042] Accès impossible"
    assert "\n\nAccès impossible\nFor request: 26-000041\n\nLocked.\n\n" in text_of(mail)


def test_an_incident_waits_for_the_site_of_its_intervention(work):
    """Its window is not to be told in another zone."""
    with pytest.raises(NotYet):
        declared(work, a_person(work), site_id=new_id())
    assert (deliveries(work), lists(work)) == ([], [])
