"""What facts about planned interventions make: mails with the window, and lines in the lists of who is sent."""

from dataclasses import replace

from chassis.errors import NotYet
from services.identity.contract import may_be_sent, may_supervise
from services.notifications import queries
from services.notifications.access import CALLED_OFF, NEEDS_WORKER
from services.notifications.actions.conversations import FOLLOWING_ROLES, doer_of
from services.notifications.actions.copies import participants_of, people_by_id, ticket_of
from services.notifications.actions.deliveries import write_mails, write_to_workers
from services.notifications.actions.in_app import notify_people
from services.notifications.announcement import Announcement

#: Zone of interventions that have no site; dispatch's first calendar has the same.
DEFAULT_TIME_ZONE = "Europe/Paris"
#: Mails that say when an intervention takes place, to those who follow the ticket and to those who are sent.
PLANS = ["visit_planned", "visit_moved", "your_visit_planned", "your_visit_moved"]


def announce_intervention(work, fact, settings):
    """Tell those who follow the ticket when an intervention takes place, and the workers that it is theirs.

    When only the workers of an intervention change, only workers are told. A plan older than one that was told
    already is passed over: nobody may read the old window last. The first plan that is heard is news to all, and so
    is one after a cancellation. Where somebody cannot be sent any more, those are asked who choose another.

    :param fact: `InterventionPlanned` or `InterventionReplanned`.
    :raises NotYet: ticket, site or person is unknown to us yet.
    """
    plan = fact.data
    # An intervention that is heard of for the first time has no row yet that its facts could wait for.
    ticket = ticket_of(work, plan["ticket_id"], locked=True)
    task = plan["work_order_title"] or ticket.subject
    inputs = {**when_and_where(work, plan), "work": task, "subject": ticket.subject}
    workers = {worker["person_id"] for worker in plan["workers"]}
    before = _before(work, plan)
    sent_before = set(before.worker_ids) if before else set()
    if not _keep(work, fact, sorted(workers), plan["starts_at"], plan["ends_at"], inputs):
        return
    if before is None or before.starts_at is None:
        _tell_followers(work, settings, fact, _of_intervention(fact, ticket, "visit_planned", inputs), workers)
    elif (before.starts_at, before.ends_at) != (plan["starts_at"], plan["ends_at"]):
        moved = {**inputs, "moved_from": _told_by(before, ticket)}
        _tell_followers(work, settings, fact, _of_intervention(fact, ticket, "visit_moved", moved), workers)
        _tell_workers(work, settings, _of_intervention(fact, ticket, "your_visit_moved", moved), workers & sent_before)
    _tell_workers(work, settings, _of_intervention(fact, ticket, "your_visit_planned", inputs), workers - sent_before)
    _call_off(work, settings, ticket, fact, before, sent_before - workers)
    if plan.get("unable"):
        _ask_for_worker(work, settings, ticket, fact, inputs)


def call_off_intervention(work, fact, settings):
    """Tell those who follow the ticket and the workers which intervention does not take place, where one was announced.

    Whom no mail about it has reached gets none; what waits is withdrawn.

    :param fact: `InterventionCancelled`.
    :raises NotYet: ticket or person is unknown to us yet.
    """
    plan = fact.data
    ticket = ticket_of(work, plan["ticket_id"], locked=True)
    before = _before(work, plan)
    if not _keep(work, fact, [], None, None, None) or before is None or before.starts_at is None:
        return
    workers = set(before.worker_ids)
    # No mail leaves about an intervention that is off, but the one that says so.
    announcement = _of_intervention(fact, ticket, "visit_cancelled", _told_by(before, ticket))
    announcement = replace(announcement, intervention_id=None)
    followers, people = _who_follows(work, ticket, fact, workers)
    known = _withdraw_plans(work, fact, [one["participant_id"] for one in followers])
    for one in followers:
        if (told := known.get(one["participant_id"], announcement.inputs)) is not None:
            write_mails(work, settings, replace(announcement, inputs=told), [one], people)
    notify_people(work, announcement, people)
    _call_off(work, settings, ticket, fact, before, workers)


def _before(work, plan):
    return work.one(queries.INTERVENTION, intervention_id=plan["intervention_id"])


def _told_by(before, ticket):
    """Return what the wording names of the intervention as it was announced last."""
    return before.inputs or {
        "subject": ticket.subject,
        "work": ticket.subject,
        "starts_at": before.starts_at.isoformat(),
        "ends_at": before.ends_at.isoformat(),
        # Earlier versions kept no zone; the wording names the one that it uses.
        "time_zone": DEFAULT_TIME_ZONE,
    }


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
        inputs=inputs,
    )


def when_and_where(work, plan):
    """Return when and where an intervention takes place as a delivery's inputs hold it, in the zone of its site.

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


def _tell_followers(work, settings, fact, announcement, workers):
    """Tell those who take part but are not sent: some by mail, all who have a list in it."""
    followers, people = _who_follows(work, announcement.ticket, fact, workers)
    write_mails(work, settings, announcement, followers, people)
    notify_people(work, announcement, people)


def _who_follows(work, ticket, fact, workers):
    """Return those who take part but are not sent: participants that are told by mail, and the rows of all people."""
    doer = doer_of(fact)
    others = [one for one in participants_of(ticket) if one["person_id"] is None or one["person_id"] != doer]
    people = people_by_id(work, {one["person_id"] for one in others})
    sent = workers & _who_may_be_sent(people).keys()
    followers = [one for one in others if one["role"] in FOLLOWING_ROLES and one["person_id"] not in sent]
    return followers, {person_id: person for person_id, person in people.items() if person_id not in sent}


def _tell_workers(work, settings, announcement, workers):
    """Tell those who are sent, or were: by mail, and in their lists."""
    people = people_by_id(work, workers)
    # Why a mail does not leave stands in its row; in a list nothing is looked at again.
    write_to_workers(work, settings, announcement, people)
    notify_people(work, announcement, _who_may_be_sent(people))


def _withdraw_plans(work, fact, recipient_ids):
    """Withdraw what waits of an intervention's plans, and return what its mails have told.

    :param recipient_ids: ids of participants, or of people who are sent.
    :returns: `{id: inputs}` of the last plan mailed to each, `None` for whom none has reached that was to, and who was
        told already that it is off.
    """
    about = {
        "ticket_id": fact.data["ticket_id"],
        "occasions": f"visit:{fact.data['intervention_id']}:%",
        "kinds": PLANS,
        "recipient_ids": sorted(recipient_ids),
    }
    withdrawn = {row.recipient_id: None for row in work.load(queries.WITHDRAW_PLANS, **about, error=CALLED_OFF)}
    return withdrawn | {row.recipient_id: row.inputs for row in work.load(queries.PLANS_MAILED, **about)}


def _who_may_be_sent(people):
    """Return those who have a role still with which one is sent: dispatch may plan on with somebody who has not."""
    return {person_id: person for person_id, person in people.items() if may_be_sent(person.roles)}


def _call_off(work, settings, ticket, fact, before, workers):
    """Tell workers that an intervention is theirs no more; which one that was says the last plan that they read."""
    if not workers:
        return
    announcement = _of_intervention(fact, ticket, "your_visit_cancelled", _told_by(before, ticket))
    people = people_by_id(work, workers)
    known = _withdraw_plans(work, fact, workers)
    for person_id, person in people.items():
        if (told := known.get(person_id, announcement.inputs)) is not None:
            write_to_workers(work, settings, replace(announcement, inputs=told), {person_id: person})
    notify_people(work, announcement, _who_may_be_sent(people))


def _ask_for_worker(work, settings, ticket, fact, inputs):
    """Ask whoever planned an intervention, and the assignee, for somebody who goes instead: by mail and in their lists.

    Not who has left as well, nor a contractor. Beside the ticket's number it names nothing that whoever planned the
    intervention has not known.
    """
    plan, intervention_id = fact.data, fact.data["intervention_id"]
    asked = people_by_id(work, {plan["planned_by"], ticket.assignee_id})
    staff = {id_: person for id_, person in asked.items() if person.active and may_supervise(person.roles)}
    told = {
        **inputs,
        "unable": ", ".join(person["name"] for person in plan["unable"]),
        "sent": ", ".join(worker["name"] for worker in plan["workers"]),
        "worker_ids": sorted(str(worker["person_id"]) for worker in plan["workers"]),
    }
    occasion = f"worker_needed:{intervention_id}:{fact.version}"
    announcement = Announcement(ticket, NEEDS_WORKER, occasion, told, intervention_id)
    write_to_workers(work, settings, announcement, staff)
    notify_people(work, announcement, staff)


def _of_intervention(fact, ticket, kind, inputs):
    """Return the `Announcement` of what a fact tells of a planned intervention."""
    intervention_id = fact.data["intervention_id"]
    # Occasions go on saying `visit`: by those of rows already written nothing is told twice, and plans are withdrawn.
    return Announcement(ticket, kind, f"visit:{intervention_id}:{fact.version}", inputs, intervention_id)
