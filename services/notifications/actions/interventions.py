"""What facts about planned visits make: mails with the window, and lines in the lists of who is sent."""

import json
from datetime import datetime
from uuid import UUID

from chassis.errors import NotYet
from services.identity.contract import may_be_sent
from services.notifications import queries
from services.notifications.actions.conversations import FOLLOWING_ROLES
from services.notifications.actions.copies import participants_of, people_by_id, ticket_of
from services.notifications.actions.deliveries import write_mails, write_to_workers
from services.notifications.actions.in_app import notify_people
from services.notifications.wording import window

#: Zone of visits that have no site; dispatch's first calendar has the same.
DEFAULT_TIME_ZONE = "Europe/Paris"


def announce_intervention(work, fact, settings):
    """Tell those who follow the ticket when a visit takes place, and the workers that it is theirs.

    When only the workers of a visit change, only workers are told. A plan older than one that was told
    already is passed over: nobody may read the old window last.

    :param fact: `InterventionPlanned` or `InterventionReplanned`.
    :raises NotYet: ticket, site or person is unknown to us yet.
    """
    plan = fact.data
    ticket = ticket_of(work, plan["ticket_id"])
    task = plan["work_order_title"] or ticket.subject
    inputs = {**when_and_where(work, plan), "work": task, "subject": ticket.subject}
    workers = {worker["person_id"] for worker in plan["workers"]}
    before = _before(work, plan)
    sent_before = set(before.worker_ids) if before else set()
    if not _keep(work, fact, sorted(workers), plan["starts_at"], plan["ends_at"], inputs):
        return
    if before is None or (before.starts_at, before.ends_at) != (plan["starts_at"], plan["ends_at"]):
        kind = "visit_planned" if fact.name == "InterventionPlanned" else "visit_moved"
        _tell_followers(work, settings, ticket, fact, kind, inputs, workers)
        _tell_workers(work, settings, ticket, fact, "your_visit_moved", inputs, workers & sent_before)
    _tell_workers(work, settings, ticket, fact, "your_visit_planned", inputs, workers - sent_before)
    _call_off(work, settings, ticket, fact, before, sent_before - workers)


def call_off_intervention(work, fact, settings):
    """Tell those who follow the ticket and the workers that a visit does not take place.

    :param fact: `InterventionCancelled`.
    :raises NotYet: ticket or person is unknown to us yet.
    """
    plan = fact.data
    ticket = ticket_of(work, plan["ticket_id"])
    before = _before(work, plan)
    workers = set(before.worker_ids) if before else set()
    if _keep(work, fact, [], None, None, None):
        inputs = {"subject": ticket.subject}
        _tell_followers(work, settings, ticket, fact, "visit_cancelled", inputs, workers)
        _call_off(work, settings, ticket, fact, before, workers)


def intervention_in_words(inputs, language):
    """Return what the wording names of the visit that inputs describe, as far as they do.

    `window`, `visit` (window, place and work in one line) and `details` (the same, each on its line).
    """
    told_window = _window_in_words(inputs, language) if "starts_at" in inputs else None
    known = [part for part in (told_window, inputs.get("place"), inputs.get("work")) if part]
    return {"window": told_window, "visit": ", ".join(known), "details": "\n".join(known)}


def _window_in_words(inputs, language):
    starts_at, ends_at = (datetime.fromisoformat(inputs[name]) for name in ("starts_at", "ends_at"))
    return window(starts_at, ends_at, inputs["time_zone"], language)


def _before(work, plan):
    return work.one(queries.INTERVENTION_FOR_UPDATE, intervention_id=plan["intervention_id"])


def _keep(work, fact, worker_ids, starts_at, ends_at, inputs):
    """Keep the newest plan; return whether this one is."""
    return work.load(
        queries.KEEP_INTERVENTION,
        intervention_id=fact.data["intervention_id"],
        ticket_id=fact.data["ticket_id"],
        version=fact.version,
        worker_ids=worker_ids,
        starts_at=starts_at,
        ends_at=ends_at,
        inputs=inputs and json.dumps(inputs),
    )


def when_and_where(work, plan):
    """Return when and where a visit takes place as a delivery's inputs hold it, in the zone of its site.

    :param plan: dict with `site_id`, `starts_at`, `ends_at`.
    :raises NotYet: the site is unknown to us yet.
    """
    time_zone, place = _place(work, plan["site_id"]) if plan["site_id"] else (DEFAULT_TIME_ZONE, None)
    return {
        "starts_at": plan["starts_at"].isoformat(),
        "ends_at": plan["ends_at"].isoformat(),
        "time_zone": time_zone,
        "place": place,
    }


def _place(work, site_id):
    """Return the zone of a site, and in one line the way there with the nearest address.

    :raises NotYet: the site is unknown to us yet.
    """
    way = work.load(queries.WAY_TO_SITE, site_id=site_id)
    if not way:
        raise NotYet(f"site {site_id}")
    names = " › ".join(row.name for row in way if row.name)
    address = next((row.address for row in reversed(way) if row.address), "")
    return way[0].time_zone, ", ".join(part for part in (names, *address.splitlines()) if part)


def _tell_followers(work, settings, ticket, fact, kind, inputs, workers):
    """Tell those who take part but are not sent: some by mail, all who have a list in it."""
    doer = UUID(fact.actor["person_id"]) if fact.actor else None
    others = [one for one in participants_of(ticket) if one["person_id"] is None or one["person_id"] != doer]
    people = people_by_id(work, {one["person_id"] for one in others})
    sent = workers & _who_may_be_sent(people).keys()
    followers = [one for one in others if one["role"] in FOLLOWING_ROLES and one["person_id"] not in sent]
    people = {person_id: person for person_id, person in people.items() if person_id not in sent}
    write_mails(work, settings, ticket, followers, people, kind, _occasion(fact), inputs)
    _notify(work, ticket, fact, kind, inputs, people)


def _tell_workers(work, settings, ticket, fact, kind, inputs, workers):
    """Tell those who are sent, or were: by mail, and in their lists."""
    people = people_by_id(work, workers)
    intervention_id = fact.data["intervention_id"]
    # Why a mail does not leave stands in its row; in a list nothing is looked at again.
    write_to_workers(work, settings, ticket, intervention_id, people, kind, _occasion(fact), inputs)
    _notify(work, ticket, fact, kind, inputs, _who_may_be_sent(people))


def _who_may_be_sent(people):
    """Return those who have a role still with which one is sent: dispatch may plan on with somebody who has not."""
    return {person_id: person for person_id, person in people.items() if may_be_sent(person.roles)}


def _call_off(work, settings, ticket, fact, before, workers):
    """Tell workers that a visit is theirs no more; which one that was says the plan before."""
    inputs = before and before.inputs or {"subject": ticket.subject, "work": ticket.subject}
    _tell_workers(work, settings, ticket, fact, "your_visit_cancelled", inputs, workers)


def _notify(work, ticket, fact, kind, inputs, people):
    notify_people(work, ticket, people, kind, _occasion(fact), lambda language: intervention_in_words(inputs, language))


def _occasion(fact):
    return f"visit:{fact.data['intervention_id']}:{fact.version}"
