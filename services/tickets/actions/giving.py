"""Giving a locked ticket another subject, category, place, usergroup, privacy or priority, whoever has decided it.

Each is set, recorded and told here; whether it may be is decided before, and the caller writes the ticket.
"""

from services.tickets.actions.participation import stand_again, stand_back
from services.tickets.contract import (
    TicketPriorityChanged,
    TicketPrivacyChanged,
    TicketSiteChanged,
    TicketUsergroupChanged,
)
from services.tickets.contract.words import FOR_PARTICIPANTS, TICKET_CHANGED
from services.tickets.history import named, record
from services.tickets.search import keep_words_of_ticket

_DESCRIPTION = "SELECT description FROM tickets WHERE id = %(id)s"
_NAME_OF_CATEGORY = "SELECT name FROM categories WHERE id = %(id)s"
_NAME_OF_SITE = "SELECT name FROM sites WHERE site_id = %(id)s"
_NAME_OF_USERGROUP = "SELECT name FROM usergroups WHERE usergroup_id = %(id)s"
_ORGANISATION = "SELECT organisation_id FROM tickets WHERE id = %(id)s"
_ORGANISATION_OF_REQUESTER = "SELECT organisation_id FROM people WHERE person_id = %(id)s"


def give_subject(work, ticket, subject, doer):
    """Give a locked ticket another subject, and record it; it is found by its new words."""
    _record(work, ticket, doer, "subject", ticket.subject, subject)
    ticket.set(subject=subject)
    description = work.one(_DESCRIPTION, id=ticket.id).description
    keep_words_of_ticket(work, ticket.id, ticket.number, subject, ticket.requester.name, description)


def give_category(work, ticket, category, doer):
    """Give a locked ticket another category, and record it.

    :param category: row with `id` and `name`, or `None`.
    """
    _record_named(work, ticket, doer, "category", _NAME_OF_CATEGORY, category)
    ticket.set(category_id=category and category.id)


def give_site(work, ticket, site, doer):
    """Have a locked ticket be about another place or about none, and record and tell it.

    It is the organisation's of that place, else of whoever asked.

    :param site: row with `id`, `name` and `organisation_id`, or `None`.
    """
    _record_named(work, ticket, doer, "site", _NAME_OF_SITE, site, kind=TicketSiteChanged)
    organisation_id = site and site.organisation_id
    if organisation_id is None and ticket.requester_person_id:
        requester = work.one(_ORGANISATION_OF_REQUESTER, id=ticket.requester_person_id)
        organisation_id = requester and requester.organisation_id
    was_theirs = work.one(_ORGANISATION, id=ticket.id).organisation_id == organisation_id
    site_id = site and site.id
    ticket.set(site_id=site_id, organisation_id=organisation_id)
    _tell(work, ticket, TicketSiteChanged, site_id=site_id)
    if not was_theirs:
        stand_back(ticket, "organisation")
        stand_again(work, ticket)


def give_usergroup(work, ticket, usergroup, doer, *, chosen):
    """Give a locked ticket another usergroup, and record and tell it.

    :param usergroup: row with `id` and `name`.
    :param chosen: whether a person said so and not routing.
    """
    before = _name(work, _NAME_OF_USERGROUP, ticket.usergroup_id)
    old = ticket.usergroup_id and named("usergroup", ticket.usergroup_id, before)
    ticket.set(usergroup_id=usergroup.id)
    if chosen:
        ticket.set(usergroup_chosen_at=work.now)
    record(
        work,
        ticket.id,
        TicketUsergroupChanged,
        FOR_PARTICIPANTS,
        at=work.now,
        doer=doer,
        old=old,
        new={**named("usergroup", usergroup.id, usergroup.name), "chosen": chosen},
    )
    _tell(work, ticket, TicketUsergroupChanged, usergroup_id=usergroup.id, chosen=chosen)
    stand_back(ticket, "usergroup")
    stand_again(work, ticket)


def tell_usergroup(work, ticket):
    """Tell the usergroup that a locked ticket has, where it was taken for another."""
    _tell(work, ticket, TicketUsergroupChanged, usergroup_id=ticket.usergroup_id, chosen=False)


def give_privacy(work, ticket, private, doer):
    """Hide a locked ticket, or show it again, and record and tell it."""
    _record(work, ticket, doer, "private", ticket.private, private, kind=TicketPrivacyChanged)
    ticket.set(private=private)
    _tell(work, ticket, TicketPrivacyChanged, private=private)
    if private:
        stand_back(ticket, "organisation", "usergroup")
    else:
        stand_again(work, ticket)


def give_priority(work, ticket, priority, doer):
    """Give a locked ticket another priority, and record and tell it."""
    before = ticket.priority
    _record(work, ticket, doer, "priority", before, priority, kind=TicketPriorityChanged)
    ticket.set(priority=priority)
    tell_priority(work, ticket, before)


def tell_priority(work, ticket, before):
    """Tell the priority that a locked ticket has.

    :param before: what it had, or was taken for.
    """
    _tell(work, ticket, TicketPriorityChanged, from_=before, to=ticket.priority)


def _name(work, statement, thing_id):
    row = work.one(statement, id=thing_id) if thing_id else None
    return row and row.name


def _record_named(work, ticket, doer, field, statement, thing, kind=TICKET_CHANGED):
    id_before = getattr(ticket, f"{field}_id")
    old = named(field, id_before, _name(work, statement, id_before))
    new = named(field, thing and thing.id, thing and thing.name)
    record(work, ticket.id, kind, FOR_PARTICIPANTS, at=work.now, doer=doer, old=old, new=new)


def _record(work, ticket, doer, field, old, new, kind=TICKET_CHANGED):
    changed = {"old": {field: old}, "new": {field: new}}
    record(work, ticket.id, kind, FOR_PARTICIPANTS, at=work.now, doer=doer, **changed)


def _tell(work, ticket, event, **changed):
    work.tell(event, version=ticket.next_version, ticket_id=ticket.id, changed_at=work.now, **changed)
