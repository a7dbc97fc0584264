"""Opening a ticket by hand: for oneself, or on behalf of another, who need not have an account."""

from chassis.actors import require
from chassis.errors import Conflict, Forbidden, Invalid
from chassis.ids import new_id
from chassis.prepared import Prepared
from chassis.site_tree import nearest
from services.tickets.access import may_open_at, may_open_in, reads_notes_of
from services.tickets.actions.attachments import bind, unbound_of
from services.tickets.actions.participation import HOLD_ADDRESS
from services.tickets.actions.recording import Opening, record_opening
from services.tickets.actions.requesters import HAS_ADDRESS, PERSON, asking_by_address, person_asking
from services.tickets.addresses import address_in
from services.tickets.party import Party
from services.tickets.refusals import absent

#: On `sites s`: whose a site is.
ORGANISATION_OF_SITE = nearest("organisation_id", "s")
_NAMED = (
    "SELECT nextval('ticket_numbers') AS serial, c.id AS category_id, c.name AS category_name,"
    " c.priority AS category_priority, s.site_id, s.name AS site_name,"
    f" {ORGANISATION_OF_SITE} AS site_organisation_id, g.usergroup_id, g.name AS usergroup_name,"
    f" g.private_allowed, {PERSON}, p.organisation_id AS person_organisation_id"
    " FROM (VALUES (1)) one"
    " LEFT JOIN usergroups g ON g.usergroup_id = %(usergroup)s AND g.active"
    " LEFT JOIN categories c ON c.active AND c.id = coalesce(%(category)s, g.default_category_id)"
    " LEFT JOIN sites s ON s.site_id = %(site)s AND s.active"
    " LEFT JOIN people p ON"
)
#: What a ticket is shown with as its row has it.
_SAME = (
    *("id", "number", "subject", "description", "status", "priority", "kind", "nature", "channel", "private"),
    *("language", "version", "opened_at", "updated_at"),
)
#: What agents are shown beside of a ticket to which nothing has happened yet.
_NOTHING_INTERNAL = {
    "first_response_missed": False,
    "resolution_missed": False,
    "source_message_id": None,
    "automatic": False,
}
_LOAD = Prepared(f"{_NAMED} p.person_id = %(requester)s AND p.active")
_LOAD_BY_ADDRESS = (HOLD_ADDRESS, Prepared(f"{_NAMED} {HAS_ADDRESS}"))


def open_ticket(work, actor, **asked):
    """Open a ticket; return it as the contract's `Ticket` shows it.

    :param asked: fields of the contract's `NewTicket`.
    :raises Forbidden: `not_allowed` for what the actor's role may not set, `usergroup_not_allowed`.
    :raises NotFound: `usergroup_not_found`, `category_not_found`, `site_not_found`, `person_not_found`,
        `attachment_not_found`.
    :raises Invalid: `private_needs_usergroup`, `requester_unclear`, `input_invalid` for what is nobody's address.
    :raises Conflict: `private_not_allowed`.
    """
    _require_fields(actor, asked)
    email = _address_in(asked)
    found = _load(work, asked, email)
    _check(actor, asked, found)
    files = unbound_of(work, actor, asked["attachments"])
    opening = _opening(asked, found, work.now, *_requester(actor, asked, found, email))
    ticket = record_opening(work, opening, found.serial, actor.as_fact())
    bind(work, files, ticket.id)
    return _shown(actor, opening, ticket, found, files)


def _require_fields(actor, asked):
    for_others = actor.may("tickets.open_for_others")
    _require_field("requester", for_others or not _names_another(actor, asked))
    _require_field("requester_email", for_others or asked["requester_email"] is None)
    _require_field("priority", asked["priority"] is None or actor.may("tickets.prioritise"))
    if asked["usergroup"] and not may_open_in(actor, asked["usergroup"]):
        raise Forbidden("usergroup_not_allowed", "You may not open tickets in this usergroup.")


def _names_another(actor, asked):
    return asked["requester"] not in (None, actor.person_id)


def _require_field(name, allowed):
    require(allowed, f"Your role does not allow setting {name}.")


def _address_in(asked):
    """Return the address in its one form that names the requester, or `None`."""
    if asked["requester_email"] is None:
        told = [name for name in ("requester_name", "language") if asked[name] is not None]
        if told:
            detail = "The requester's name and language go with their e-mail address."
            raise Invalid("requester_unclear", detail, {"fields": dict.fromkeys(told, ["Give requester_email, too."])})
        return None
    if asked["requester"] is not None:
        fields = {"requester": ["Leave it out."], "requester_email": ["Or leave this one out."]}
        raise Invalid("requester_unclear", "Give either requester or requester_email.", {"fields": fields})
    return address_in("requester_email", asked["requester_email"])


def _load(work, asked, email):
    named = {name: asked[name] for name in ("usergroup", "category", "site")}
    if email:
        return work.one(_LOAD_BY_ADDRESS, **named, email=email)
    return work.one(_LOAD, **named, requester=asked["requester"])


def _check(actor, asked, found):
    for name, key in (("category", "category_id"), ("site", "site_id"), ("usergroup", "usergroup_id")):
        if asked[name] and getattr(found, key) is None:
            raise absent(name, name)
    if asked["site"] and not may_open_at(actor, found.site_organisation_id):
        raise absent("site", "site")
    if _names_another(actor, asked) and found.person_id is None:
        raise absent("person", "requester")
    if asked["private"] and not asked["usergroup"]:
        raise Invalid(
            "private_needs_usergroup",
            "Choose the usergroup that is to see the private ticket.",
            {"fields": {"usergroup": ["Missing."]}},
        )
    if asked["private"] and not found.private_allowed:
        raise Conflict("private_not_allowed", "This usergroup has no private tickets.")


def _requester(actor, asked, found, email):
    """Return who asks, as a participant, and their organisation."""
    if email:
        # Whoever takes a call speaks the caller's language, where none is named.
        said = {"name": asked["requester_name"] or "", "language": asked["language"] or actor.language}
        return asking_by_address(found, email, **said), found.person_organisation_id
    if _names_another(actor, asked):
        return person_asking(found), found.person_organisation_id
    asking = Party(person_id=actor.person_id, email=actor.email, name=actor.name, language=actor.language)
    return asking, actor.organisation_id


def _opening(asked, found, opened_at, requester, organisation):
    return Opening(
        ticket_id=new_id(),
        subject=asked["subject"].strip(),
        description=asked["description"],
        channel="api",
        opened_at=opened_at,
        requester=requester,
        nature=asked["nature"],
        priority=asked["priority"] or found.category_priority or "normal",
        private=asked["private"],
        category_id=found.category_id,
        site_id=found.site_id,
        organisation_id=found.site_organisation_id or organisation,
        usergroup_id=found.usergroup_id,
        chosen=frozenset(name for name in ("category", "priority", "usergroup") if asked[name]),
    )


def _shown(actor, opening, ticket, found, files):
    internal = reads_notes_of(actor, ticket)
    sees_address = internal or opening.requester.person_id == actor.person_id
    asking = {**opening.requester.as_fact(), "email": opening.requester.email if sees_address else None}
    return {
        **{name: getattr(ticket, name) for name in _SAME},
        "category": found.category_id and {"id": found.category_id, "name": found.category_name},
        "site": found.site_id and {"id": found.site_id, "name": found.site_name},
        "usergroup": found.usergroup_id and {"id": found.usergroup_id, "name": found.usergroup_name},
        "assignee": None,
        "requester": asking,
        "first_response_due_at": None,
        "resolution_due_at": None,
        "resolved_at": None,
        "pending": ["routing", "deadlines"],
        "participants": [asking],
        "attachments": files,
        "links": [],
        "internal": _NOTHING_INTERNAL if internal else None,
    }
