"""What facts about planned visits make: mails with the window, and lines in the lists of who is sent."""

from datetime import datetime
from uuid import UUID

from chassis.errors import NotYet
from services.notifications import queries
from services.notifications.actions.conversations import FOLLOWING_ROLES
from services.notifications.actions.copies import participants_of, people_by_id, ticket_of
from services.notifications.actions.deliveries import write_mails
from services.notifications.actions.in_app import notify_people
from services.notifications.wording import window

#: Zone of visits that have no site; dispatch's first calendar has the same.
DEFAULT_TIME_ZONE = "Europe/Paris"


def announce_visit(work, fact, settings):
    """Tell those who follow the ticket when a visit takes place, and the workers that it is theirs.

    When only the workers of a visit change, only workers are told. A plan older than one that was told
    already is passed over: nobody may read the old window last.

    :param fact: `InterventionPlanned` or `InterventionReplanned`.
    :raises NotYet: ticket, site or person is unknown to us yet.
    """
    plan = fact.data
    ticket = ticket_of(work, plan["ticket_id"])
    workers = {worker["person_id"] for worker in plan["workers"]}
    before = _before(work, plan)
    if not _keep(work, fact, sorted(workers), plan["starts_at"], plan["ends_at"]):
        return
    kind = "visit_planned" if fact.name == "InterventionPlanned" else "visit_moved"
    inputs = {**visit_window(work, plan), "subject": ticket.subject}
    moved = before is None or (before.starts_at, before.ends_at) != (plan["starts_at"], plan["ends_at"])
    if moved:
        _tell(work, settings, ticket, fact, kind, inputs, workers)
    else:
        added = people_by_id(work, workers - set(before.worker_ids))
        _notify(work, ticket, fact, "visit_planned", inputs, added)
    if before is not None:
        left = people_by_id(work, set(before.worker_ids) - workers)
        _notify(work, ticket, fact, "visit_cancelled", {"subject": ticket.subject}, left)


def call_off_visit(work, fact, settings):
    """Tell those who follow the ticket and the workers that a visit does not take place.

    :param fact: `InterventionCancelled`.
    :raises NotYet: ticket or person is unknown to us yet.
    """
    plan = fact.data
    ticket = ticket_of(work, plan["ticket_id"])
    before = _before(work, plan)
    if _keep(work, fact, [], None, None):
        workers = set(before.worker_ids) if before else set()
        _tell(work, settings, ticket, fact, "visit_cancelled", {"subject": ticket.subject}, workers)


def window_of(inputs, language):
    """Return the window that a delivery's inputs hold, in words."""
    starts_at, ends_at = (datetime.fromisoformat(inputs[name]) for name in ("starts_at", "ends_at"))
    return window(starts_at, ends_at, inputs["time_zone"], language)


def _before(work, plan):
    return work.one(queries.INTERVENTION_FOR_UPDATE, intervention_id=plan["intervention_id"])


def _keep(work, fact, worker_ids, starts_at, ends_at):
    """Keep the newest plan; return whether this one is."""
    return work.load(
        queries.KEEP_INTERVENTION,
        intervention_id=fact.data["intervention_id"],
        ticket_id=fact.data["ticket_id"],
        version=fact.version,
        worker_ids=worker_ids,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def visit_window(work, plan):
    """Return the window of a visit as a delivery's inputs hold it, in the zone of its site.

    :param plan: dict with `site_id`, `starts_at`, `ends_at`.
    :raises NotYet: the site is unknown to us yet.
    """
    site = plan["site_id"] and work.one(queries.SITE, site_id=plan["site_id"])
    if plan["site_id"] and site is None:
        raise NotYet(f"site {plan['site_id']}")
    return {
        "starts_at": plan["starts_at"].isoformat(),
        "ends_at": plan["ends_at"].isoformat(),
        "time_zone": site.time_zone if site else DEFAULT_TIME_ZONE,
    }


def _tell(work, settings, ticket, fact, kind, inputs, workers):
    doer = UUID(fact.actor["person_id"]) if fact.actor else None
    others = [
        one
        for one in participants_of(ticket)
        if one["person_id"] is None or one["person_id"] not in workers | {doer}
    ]
    followers = [one for one in others if one["role"] in FOLLOWING_ROLES]
    people = people_by_id(work, {one["person_id"] for one in others} | workers)
    write_mails(work, settings, ticket, followers, people, kind, _occasion(fact), inputs)
    _notify(work, ticket, fact, kind, inputs, people)


def _notify(work, ticket, fact, kind, inputs, people):
    def values(language):
        return {"window": window_of(inputs, language)} if "starts_at" in inputs else {}

    notify_people(work, ticket, people, kind, _occasion(fact), values)


def _occasion(fact):
    return f"visit:{fact.data['intervention_id']}:{fact.version}"
