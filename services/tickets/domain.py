"""The rules of tickets: numbers, moves between statuses, who counts as whom, and what is searched. Pure."""

import re
from datetime import timedelta

from services.identity.contract import CLIENT, EXTERNAL_AGENT, may_answer_for_tickets
from services.tickets.contract.words import LONGEST_NAME, LONGEST_SUBJECT

#: Where a person may move a ticket from each status.
ALLOWED = {
    "new": {"open", "planned", "in_progress", "pending", "resolved", "closed"},
    "open": {"planned", "in_progress", "pending", "resolved", "closed"},
    "planned": {"open", "in_progress", "pending", "resolved", "closed"},
    "in_progress": {"open", "planned", "pending", "resolved", "closed"},
    "pending": {"open", "planned", "in_progress", "resolved", "closed"},
    "resolved": {"open", "closed"},
    "closed": {"open"},
}
#: From where a fact of another service moves a ticket; elsewhere the fact is a history line and no more.
MOVED_BY_FACT = {
    "open": {"new", "planned", "in_progress"},
    "planned": {"new", "open", "pending"},
    "in_progress": {"new", "open", "planned", "pending"},
    "resolved": {"new", "open", "planned", "in_progress", "pending"},
}
SETTLED = {"resolved", "closed"}
#: Statuses in which a word of the requester's side makes the ticket open again.
WAITING_OR_SETTLED = {"pending", "resolved", "closed"}

#: For how long what the copies do not allow yet (an assignee, a contractor) is taken for something that came too early.
TOO_EARLY = timedelta(seconds=10)
#: Whoever changes a ticket dates it before they wait for others who do, for so long at the most (`lock_timeout`).
LONGEST_WAIT = timedelta(seconds=10)

#: The role with which somebody is given work orders, here as in dispatch.
CONTRACTOR = EXTERNAL_AGENT
#: Roles of people who do not belong to the desk; any other role does, copies of roles too.
OUTSIDE_ROLES = frozenset({"requester", CLIENT, "worker", CONTRACTOR})

AUTHOR_ROLES = {
    "requester": "requester",
    "watcher": "requester",
    "worker": "worker",
    "client": "client",
    "supervisor": "client",
    "contractor": "contractor",
    "agent": "agent",
}
#: Roles of participants who write as agents where their person belongs to the desk; others take part for somebody else.
_FOR_THE_DESK = frozenset({"supervisor", "watcher"})

#: Characters that mean something to the search parser, and separators within words (see `models`).
_NOT_IN_WORDS = str.maketrans(dict.fromkeys("/@-_.'’\"\\&|!():<>*,;?+=#[]{}", " "))
MOST_SEARCH_WORDS = 8
#: Shorter words are searched whole: as beginnings they would find everything.
SHORTEST_BEGINNING = 3

#: The subject of what came without one, in the language of whoever wrote it.
NO_SUBJECT = {"en": "(no subject)", "fr": "(sans objet)", "es": "(sin asunto)", "de": "(kein Betreff)"}
#: What stands for the text of a mail that is in files of it alone, which the desk does not open, in the same language.
TEXT_IN_FILES = {
    "en": "(The text of this mail is in its attachments: it was sent signed, encrypted or in Outlook's own format.)",
    "fr": "(Le texte de ce message se trouve dans ses pièces jointes : il a été envoyé signé, chiffré"
    " ou dans un format propre à Outlook.)",
    "es": "(El texto de este correo está en sus archivos adjuntos: se envió firmado, cifrado"
    " o en un formato propio de Outlook.)",
    "de": "(Der Text dieser E-Mail steht in ihren Anhängen: Sie wurde signiert, verschlüsselt"
    " oder in einem eigenen Format von Outlook gesendet.)",
}
#: Files in which such a text is: S/MIME (RFC 8551), PGP (RFC 3156), and TNEF.
_HOLDING_TEXT = frozenset(
    f"application/{name}" for name in ("pkcs7-mime", "x-pkcs7-mime", "pgp-encrypted", "ms-tnef", "vnd.ms-tnef")
)
#: What somebody is called of whom there is neither name nor address.
NOBODY = "?"
_ADDRESS = re.compile(r"\S*@\S*")
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f\x85\u2028\u2029]+")


def number_of(serial, opened_at):
    """Return the number that people call a ticket by: year of opening and serial, `26-000123`.

    :param serial: from one sequence for all years, so that a number is unique whatever the year.
    """
    return f"{opened_at:%y}-{serial:06d}"


def may_move(status, to):
    """Whether a person may move a ticket so."""
    return to in ALLOWED[status]


def author_role_of(role, person_roles):
    """Return as what a participant writes.

    :param role: in which they take part.
    :param person_roles: of their person, none of a stranger.
    """
    return "agent" if role in _FOR_THE_DESK and belongs_to_desk(person_roles) else AUTHOR_ROLES[role]


def status_after_message(status, author_role, *, automatic):
    """Return the status of a ticket once a public message is written on it.

    The desk's first word opens it; a word of anybody else opens it again. A machine's word changes nothing.
    """
    if automatic:
        return status
    if author_role == "agent":
        return "open" if status == "new" else status
    return "open" if status in WAITING_OR_SETTLED else status


def status_after_fact(status, to):
    """Return the status of a ticket once a fact from the field has said that it is `to`."""
    return to if status in MOVED_BY_FACT[to] else status


def status_after_work_order(status, *, is_planned=False, is_begun=False):
    """Return the status of a ticket once work is authorised on it: what somebody settled meanwhile is open again.

    :param is_planned: whether an intervention is planned by a fact newer than the work order that was heard before it.
    :param is_begun: whether such a fact tells of a clock-in.
    """
    if status not in SETTLED:
        return status
    return "in_progress" if is_begun else "planned" if is_planned else "open"


def status_after_work(status, states):
    """Return the status of a ticket once a work order is closed.

    With the last open one the matter is settled, unless nothing was done.

    :param states: of all its work orders.
    """
    if "open" in states:
        return status
    done = any(state != "cancelled" for state in states)
    return status_after_fact(status, "resolved" if done else "open")


def can_serve(person_id, roles, agents, supervisors):
    """Whether somebody may answer for a ticket.

    :param roles: of the person.
    :param agents: of the ticket's usergroup, none where it has no usergroup.
    :param supervisors: likewise.
    """
    if not may_answer_for_tickets(roles):
        return False
    if CONTRACTOR in roles or agents is None:
        return True
    return person_id in agents or person_id in supervisors


def belongs_to_desk(roles):
    """Whether somebody may be told of notes, whatever list they stand on: contractors serve groups too."""
    return not OUTSIDE_ROLES.issuperset(roles)


def one_line(value, otherwise=""):
    """Return text from outside as a subject or a name: one line without control characters, not too long."""
    return _BREAKS.sub(" ", _encodable(value)).strip()[:LONGEST_SUBJECT].strip() or otherwise


def mail_text(body, content_types, language):
    """Return the text of a mail; where it has none because it is in its files, a sentence that says so.

    :param content_types: of its files.
    :param language: of whoever wrote it.
    """
    in_files = not body.strip() and not _HOLDING_TEXT.isdisjoint(content_types)
    return TEXT_IN_FILES[language] if in_files else storable(body)


def public_name(name, email):
    """Return what somebody from outside is called before all who take part, who must not learn their address.

    :param name: as they gave it; mail programs put the address there where they have no name.
    :param email: address or `None`; its first part stands in for a missing name.
    """
    name = " ".join(_ADDRESS.sub(" ", one_line(name)).split()).strip(" <>()[]\"',;")
    return (name or one_line((email or "").partition("@")[0]))[:LONGEST_NAME].strip() or NOBODY


def storable(value):
    """Return text from outside without what PostgreSQL cannot store."""
    return _encodable(value).replace("\x00", "")


def _encodable(value):
    return value.encode("utf-8", "replace").decode()


def search_words(q):
    """Return what a person typed as words for PostgreSQL's parser, each of them wanted.

    :param q: free text; numbers, parts of addresses and beginnings of words find something too.
    """
    words = [word for word in q.translate(_NOT_IN_WORDS).split() if any(c.isalnum() for c in word)]
    return [
        f"{word}:*" if len(word) >= SHORTEST_BEGINNING else word for word in dict.fromkeys(words[:MOST_SEARCH_WORDS])
    ]
