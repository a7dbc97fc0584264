"""Who may read notifications, and to whom a mail may still be sent. Deny by default."""

from chassis.actors import ANYONE
from chassis.errors import NotFound
from services.identity.contract import may_answer_for_tickets, may_be_sent, may_supervise
from services.notifications.domain import is_own, usable_address

#: Everybody who is signed in has a list; which lines are in it is decided below.
PERMISSIONS = {"list_notifications": ANYONE, "mark_read": ANYONE}

#: Kind of the mails and lines that ask for somebody to go instead of a worker who cannot be sent any more.
NEEDS_WORKER = "visit_needs_worker"
#: Kinds of mails to those who are not sent any more, and need not take part in the ticket.
SENT_NO_MORE = {"your_visit_cancelled", "work_order_cancelled"}
#: Roles of participants who take part because they answer for the ticket.
ANSWERING = {"agent", "contractor"}

#: Why a mail is cancelled: the intervention whose plan it tells does not take place.
CALLED_OFF = "intervention_called_off"
#: Likewise: the work order that it tells is called off.
CALLED_OFF_WORK = "work_order_called_off"
#: Likewise: its recipient does not answer for the ticket any more.
ASSIGNEE_NO_MORE = "no_longer_an_assignee"

# On `notifications n`: whether the actor still sees its ticket, as far as our own copy of it tells. Whoever answers for
# it sees it by that alone while they could be given it; all others are taken off it once they see it no more.
_SEES_TICKET = (
    "EXISTS (SELECT FROM tickets t WHERE t.ticket_id = n.ticket_id AND (t.usergroup_id = ANY (%(serves)s::uuid[])"
    " OR (t.assignee_id = %(actor_id)s AND %(answers)s"
    " AND (t.usergroup_id IS NULL OR t.usergroup_id = ANY (%(answers_in)s::uuid[])))"
    " OR EXISTS (SELECT FROM jsonb_to_recordset(t.participants) AS p (person_id uuid, role text)"
    " WHERE p.person_id = %(actor_id)s AND p.role <> 'agent' AND (p.role <> 'contractor' OR %(answers)s))))"
)
# Likewise: whether it tells of an intervention to which the actor is sent, or was, or of work that is theirs no more.
_IS_SENT = (
    "(%(can_be_sent)s AND (n.kind IN ('your_visit_cancelled', 'work_order_cancelled')"
    " OR (n.kind IN ('your_visit_planned', 'your_visit_moved')"
    " AND EXISTS (SELECT FROM interventions v"
    " WHERE v.ticket_id = n.ticket_id AND %(actor_id)s = ANY (v.worker_ids)))))"
)
# Likewise: whether it asks for another worker, and the actor plans for the ticket's usergroup still, served or not.
_PLANS_INTERVENTION = (
    f"(%(plans)s AND n.kind = '{NEEDS_WORKER}' AND EXISTS (SELECT FROM tickets t WHERE t.ticket_id = n.ticket_id"
    " AND (t.usergroup_id IS NULL OR t.usergroup_id = ANY (%(answers_in)s::uuid[]))))"
)
#: Fragment of a query on `notifications n` for what an actor may see: their own, of what they still see.
VISIBLE = f"(n.person_id = %(actor_id)s AND (%(sees_all)s OR {_SEES_TICKET} OR {_IS_SENT} OR {_PLANS_INTERVENTION}))"


def sight_of(actor):
    """Return the values that the fragment `VISIBLE` takes for an actor.

    A service acting by itself has no list, and an absent id equals nothing.
    """
    scope = actor.scope("tickets.read")
    # The lists of usergroups outlive a role: a client has their groups only as an agent, too, as in tickets.
    has_groups = scope == "group" or (scope == "organisation" and actor.scope("tickets.note") == "group")
    return {
        "actor_id": actor.person_id,
        "sees_all": scope == "all",
        "serves": list(actor.serves) if has_groups else [],
        "answers": may_answer_for_tickets(actor.roles),
        "answers_in": list(actor.serves | actor.supervises),
        "can_be_sent": may_be_sent(actor.roles),
        "plans": actor.may("interventions.plan"),
    }


def notification_for(work, actor, statement, notification_id):
    """Return a row of the actor's own list.

    :param statement: query of `queries.py` that has `VISIBLE` inside.
    :raises NotFound: `notification_not_found`, also for somebody else's.
    """
    found = work.one(statement, id=notification_id, **sight_of(actor))
    if found is None:
        raise NotFound("notification_not_found", "There is no such notification.")
    return found


def answers_no_more(taken, roles):
    """Whether somebody took part only to answer for a ticket, and their roles do not let them any more.

    :param taken: roles of the participants that they are, empty for none.
    :param roles: of the person.
    """
    return bool(taken) and ANSWERING.issuperset(taken) and not may_answer_for_tickets(roles)


def role_of(delivery):
    """Return the role in which the recipient of a mail takes part in its ticket, or `None`.

    :param delivery: row of `queries.CLAIMED`.
    """
    listed = {one["participant_id"]: one["role"] for one in delivery.participants or ()}
    return listed.get(str(delivery.participant_id))


def is_to_worker(delivery):
    """Whether a mail goes to somebody who is sent, or was, or plans who is, and need not take part in the ticket."""
    return delivery.participant_id is None and delivery.ticket_id is not None


def hindrance(delivery, address, mail_domain):
    """Return why a mail may not be sent any more, as a code, or `None` where it may.

    Decided when it is sent, from our own copies: since it was written somebody may have left.

    :param delivery: row of `queries.CLAIMED`.
    :param address: to which it would be sent.
    """
    if delivery.kind == NEEDS_WORKER:
        reason = _why_not_asked(delivery)
    else:
        reason = _why_not_sent(delivery) if is_to_worker(delivery) else _why_not_taking_part(delivery)
    if reason is not None:
        return reason
    if usable_address(address) is None:
        return "address_unusable"
    if delivery.is_mailbox or is_own(address, mail_domain):
        return "own_address"
    return None


def _why_not_sent(delivery):
    """Return why a mail to somebody who is sent is none of their business any more, or `None`."""
    if not delivery.person_active:
        return "no_longer_active"
    if not may_be_sent(delivery.person_roles):
        return "no_longer_a_worker"
    is_off = delivery.kind in SENT_NO_MORE
    return None if is_off or delivery.person_id in delivery.worker_ids else "no_longer_sent"


def _why_not_asked(delivery):
    """Return why a mail that asks for another worker has nobody left to ask, or nothing, or `None`."""
    if not delivery.person_active:
        return "no_longer_active"
    if not may_supervise(delivery.person_roles):
        return "no_longer_plans"
    if _is_called_off(delivery):
        return CALLED_OFF
    is_open = sorted(map(str, delivery.worker_ids)) == delivery.inputs["worker_ids"]
    return None if is_open else "intervention_given_to_others"


def _why_not_taking_part(delivery):
    """Return why a mail about a ticket is none of its recipient's business any more, or `None`."""
    if delivery.ticket_id is None:
        return None
    taken = role_of(delivery)
    if taken is None:
        return "no_longer_a_participant"
    if _is_called_off(delivery):
        return CALLED_OFF
    if delivery.is_work_off:
        return CALLED_OFF_WORK
    if delivery.person_id is None:
        return None
    if not delivery.person_active:
        return "no_longer_active"
    is_news_of_before = delivery.kind == "assigned" and delivery.person_id != delivery.assignee_id
    return ASSIGNEE_NO_MORE if is_news_of_before or answers_no_more({taken}, delivery.person_roles) else None


def _is_called_off(delivery):
    """Whether a mail tells participants the window of an intervention that does not take place."""
    return delivery.intervention_id is not None and delivery.intervention_starts_at is None
