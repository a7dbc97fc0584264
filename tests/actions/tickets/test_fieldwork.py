"""What happens on site: the ticket moves by itself, in whichever order it is told."""

from itertools import permutations

import pytest

from chassis.ids import new_id
from chassis.testing import MONDAY
from services.fieldwork.contract import ClockedIn, ClockedOut
from services.notifications.contract import DeliveryFailed, DeliverySent, ReceiptSent
from tests.actions.tickets.given import contents, minutes, too_early
from tests.actions.tickets.interventions import Intervention

STEPS = ("opened", "planned", "replanned", "clocked_in", "clocked_out", "completed", "validated", "closed")


@pytest.fixture(scope="module")
def ticket(shared_place):
    """Return an open ticket."""
    return shared_place.assigned(shared_place.agent)


@pytest.fixture
def intervention(desk, place, ticket):
    """Return an intervention for the ticket."""
    return Intervention(desk, place, ticket)


def test_an_intervention_moves_the_ticket(desk, place, ticket, intervention):
    """Planned, in progress, resolved; each move is told once, with its reason."""
    desk.forget()
    statuses = []
    for step in STEPS:
        getattr(intervention, step)()
        statuses.append(place.shown(ticket)["status"])
    assert statuses == ["open", "planned", "planned", *["in_progress"] * 4, "resolved"]
    moves = [(move["to"], move["reason"]) for move in desk.told("TicketStatusChanged")]
    assert moves == [("planned", "planned"), ("in_progress", "clocked_in"), ("resolved", "work_closed")]
    assert len(desk.told("TicketResolved")) == 1


def test_the_history_of_an_intervention(desk, place, ticket, intervention):
    """Every step in the order in which it happened, each with its audience, its source and its doer."""
    for step in STEPS:
        getattr(intervention, step)()
    lines = [line for line in desk.history(place.admin, ticket) if line["source"] != "tickets"]
    assert [(line["kind"], line["audience"], line["source"]) for line in lines] == [
        ("WorkOrderOpened", "agents", "dispatch"),
        ("InterventionPlanned", "participants", "dispatch"),
        ("InterventionReplanned", "participants", "dispatch"),
        ("ClockedIn", "participants", "fieldwork"),
        ("ClockedOut", "participants", "fieldwork"),
        ("InterventionCompleted", "participants", "fieldwork"),
        ("WorkValidated", "participants", "fieldwork"),
        ("WorkOrderClosed", "agents", "dispatch"),
    ]
    assert {line["actor"]["name"] for line in lines} == {"Will Worker"}
    assert lines[1]["new"]["workers"] == ["Will Worker"]
    assert lines[5]["new"]["report"] == "Valve replaced."
    kinds = {line["kind"] for line in desk.history(place.resident, ticket)}
    assert {"InterventionPlanned", "ClockedIn"} <= kinds and not {
        "WorkOrderOpened",
        "WorkOrderClosed",
    } & kinds


def test_work_of_which_nobody_wrote_a_report(desk, place, ticket, intervention):
    """Its line and that of its validation say who did it, and nothing else."""
    intervention.planned()
    intervention.completed(report="")
    intervention.validated()
    about = {"intervention_id": str(intervention.intervention_id)}
    for kind, name in (("InterventionCompleted", "Will Worker"), ("WorkValidated", "Mia Manager")):
        (line,) = desk.history(place.admin, ticket, kind)
        assert line["new"] == {**about, "by": name}


def test_clock_ins_that_are_not_shared(desk, place, ticket, intervention):
    """Are for agents: what the list of interventions hides is not in the history either (CVE-2024-33666)."""
    intervention.planned()
    desk.forget()
    intervention.clocked(ClockedIn, 4, shared=False)
    intervention.clocked(ClockedOut, 5, shared=False)
    lines = [line for line in desk.history(place.agent, ticket) if line["source"] == "fieldwork"]
    assert [(line["kind"], line["audience"]) for line in lines] == [("ClockedIn", "agents"), ("ClockedOut", "agents")]
    assert not {"ClockedIn", "ClockedOut"} & {line["kind"] for line in desk.history(place.resident, ticket)}
    assert place.shown(ticket)["status"] == "in_progress"
    line = desk.history(place.resident, ticket, "TicketStatusChanged")[-1]
    assert (line["actor"], line["new"]) == (None, {"status": "in_progress", "reason": "work_begun"})
    assert [(move["to"], move["reason"]) for move in desk.told()] == [("in_progress", "work_begun")]


def test_clock_ins_that_are_shared(desk, place, ticket, intervention):
    """Say who has begun."""
    intervention.planned()
    intervention.clocked_in()
    line = desk.history(place.resident, ticket, "TicketStatusChanged")[-1]
    assert (line["actor"]["name"], line["new"]) == ("Will Worker", {"status": "in_progress", "reason": "clocked_in"})


@pytest.mark.parametrize("order", list(permutations(("planned", "replanned", "clocked_in", "closed"))))
def test_facts_in_any_order(place, ticket, intervention, order):
    """End in the same state as ordered ones."""
    intervention.opened()
    for step in order:
        getattr(intervention, step)()
    assert place.shown(ticket)["status"] == "resolved"


#: Of two work orders: opened one after the other, the first closed while the second is open.
TWO_ORDERS = ("first opened", "second opened", "first closed", "second closed")


@pytest.mark.parametrize("order", list(permutations(TWO_ORDERS)))
def test_facts_of_two_work_orders_in_any_order(desk, place, ticket, order):
    """The matter is settled once, and never before the closing is heard that leaves none open."""
    first, second = Intervention(desk, place, ticket), Intervention(desk, place, ticket)
    steps = {
        "first opened": first.opened,
        "second opened": second.opened,
        "first closed": lambda: first.closed(left=[second.work_order_id]),
        "second closed": lambda: second.closed(at=10),
    }
    heard = set()
    for step in order:
        steps[step]()
        heard.add(step)
        assert place.shown(ticket)["status"] == "open" or "second closed" in heard, heard
    assert place.shown(ticket)["status"] == "resolved"
    assert len(desk.told("TicketResolved")) == 1


@pytest.mark.parametrize("order", list(permutations(("opened", "planned", "clocked_in"))))
def test_facts_of_an_intervention_under_way_in_any_order(place, ticket, intervention, order):
    """Likewise."""
    for step in order:
        getattr(intervention, step)()
    assert place.shown(ticket)["status"] == "in_progress"


def test_a_move_that_is_not_allowed_any_more_is_a_line(desk, place, ticket, intervention):
    """And no error: somebody has closed the ticket meanwhile."""
    place.change(ticket, status="closed")
    desk.forget()
    for step in STEPS[1:-1]:
        getattr(intervention, step)()
    assert place.shown(ticket)["status"] == "closed"
    assert desk.told() == []
    assert len(desk.history(place.admin, ticket, "ClockedIn")) == 1


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_a_work_order_on_what_somebody_has_settled_meanwhile(desk, place, ticket, intervention, status):
    """Opens it again, as a person's word does: somebody is going to come."""
    place.change(ticket, status=status)
    desk.forget()
    intervention.opened()
    shown = place.shown(ticket)
    assert (shown["status"], shown["resolved_at"]) == ("open", None)
    moves = [(move["from"], move["to"], move["reason"]) for move in desk.told()]
    assert moves == [(status, "open", "work_opened")]
    line = desk.history(place.resident, ticket, "TicketStatusChanged")[-1]
    assert (line["actor"]["name"], line["new"]) == ("Will Worker", {"status": "open", "reason": "work_opened"})
    intervention.planned()
    assert place.shown(ticket)["status"] == "planned"


#: What is told of work on a ticket that somebody has settled, in its order, and where that ends.
ON_SETTLED = [
    (("opened", "planned"), "planned"),
    (("opened", "planned", "replanned"), "planned"),
    (("opened", "planned", "clocked_in"), "in_progress"),
    (("opened", "planned", "cancelled"), "open"),
    (("opened", "planned", "cancelled", "taken_back"), "planned"),
    (("opened", "planned", "clocked_in", "cancelled"), "in_progress"),
]


@pytest.mark.parametrize("settled", ["resolved", "closed"])
@pytest.mark.parametrize(("order", "end"), [(order, end) for steps, end in ON_SETTLED for order in permutations(steps)])
def test_facts_of_work_on_what_is_settled_in_any_order(desk, place, ticket, intervention, settled, order, end):
    """End in the same state as ordered ones; the move that opens it again says why, and is the only one."""
    place.change(ticket, status=settled)
    desk.forget()
    for step in order:
        getattr(intervention, step)()
    moves = [(move["from"], move["to"]) for move in desk.told("TicketStatusChanged")]
    assert (place.shown(ticket)["status"], moves[0][0], moves[-1][1]) == (end, settled, end)
    assert desk.told("TicketStatusChanged")[0]["reason"] == "work_opened"
    assert desk.told("TicketResolved") == []


@pytest.mark.parametrize("order", list(permutations(("cancelled", "called_off", "taken_back"))))
def test_an_intervention_that_took_place_though_its_work_was_called_off(desk, place, ticket, intervention, order):
    """Is cancelled no more, and moves nothing: nobody comes any more, and what was done waits to be confirmed."""
    intervention.opened()
    intervention.planned()
    for step in (*order, order[0], "completed"):
        getattr(intervention, step)()
    state = "SELECT state, version FROM interventions WHERE intervention_id = %(intervention_id)s"
    assert desk.work.load(state, intervention_id=intervention.intervention_id) == [("planned", 4)]
    assert place.shown(ticket)["status"] == "open"
    intervention.closed()
    assert place.shown(ticket)["status"] == "resolved"


#: What is told of a work order that is over on a ticket that somebody has settled, and where that ends.
OVER_ON_SETTLED = [
    (("opened", "called_off"), "open"),
    (("opened", "closed"), "resolved"),
    (("opened", "called_off", "closed"), "resolved"),
    (("opened", "planned", "cancelled", "called_off"), "open"),
]


@pytest.mark.parametrize("settled", ["resolved", "closed"])
@pytest.mark.parametrize(
    ("order", "end"), [(order, end) for steps, end in OVER_ON_SETTLED for order in permutations(steps)]
)
def test_facts_of_work_that_is_over_on_what_is_settled_in_any_order(
    desk, place, ticket, intervention, settled, order, end
):
    """End in the same state as ordered ones, and tell its resolution once where the work was done."""
    place.change(ticket, status=settled)
    desk.forget()
    for step in order:
        getattr(intervention, step)()
    moves = desk.told("TicketStatusChanged")
    assert (place.shown(ticket)["status"], moves[0]["reason"], moves[-1]["to"]) == (end, "work_opened", end)
    assert len(desk.told("TicketResolved")) == (end == "resolved")


@pytest.mark.parametrize("order", list(permutations(TWO_ORDERS)))
def test_facts_of_two_work_orders_that_are_called_off_on_what_is_settled_in_any_order(place, ticket, desk, order):
    """Leave it open, for nothing was done."""
    place.change(ticket, status="resolved")
    first, second = Intervention(desk, place, ticket), Intervention(desk, place, ticket)
    steps = {
        "first opened": first.opened,
        "second opened": second.opened,
        "first closed": lambda: first.closed("cancelled", left=[second.work_order_id]),
        "second closed": lambda: second.closed("cancelled", at=10),
    }
    for step in order:
        steps[step]()
    assert place.shown(ticket)["status"] == "open"


def test_work_that_ends_anew_on_what_somebody_has_settled_meanwhile(desk, place, ticket, intervention):
    """Is known to have been opened before: what was called off and is told as done later opens nothing again."""
    intervention.opened()
    intervention.called_off()
    place.change(ticket, status="resolved")
    desk.forget()
    intervention.closed()
    assert (place.shown(ticket)["status"], desk.told()) == ("resolved", [])


def test_the_closing_of_work_that_is_over_by_a_later_closing(desk, place, ticket):
    """Opens nothing again: the later one, which knew of none that was open, has settled the matter for both."""
    first, second = Intervention(desk, place, ticket), Intervention(desk, place, ticket)
    second.opened()
    second.closed(at=10)
    desk.forget()
    first.closed("cancelled")
    first.opened()
    assert (place.shown(ticket)["status"], desk.told()) == ("resolved", [])


def test_an_intervention_of_before_the_work_that_opens_a_ticket_again(place, ticket, intervention):
    """Is none of it: it was told before, and its own work order has settled the ticket."""
    for step in ("opened", "planned", "clocked_in", "closed"):
        getattr(intervention, step)()
    assert place.shown(ticket)["status"] == "resolved"
    Intervention(intervention.desk, place, ticket).opened(at=10)
    assert place.shown(ticket)["status"] == "open"


@pytest.mark.parametrize("order", list(permutations(TWO_ORDERS[:3])))
def test_work_that_another_closing_named_opens_what_is_settled(desk, place, ticket, order):
    """In whichever order it is heard: it was open still when the other work order was closed."""
    place.change(ticket, status="resolved")
    first, second = Intervention(desk, place, ticket), Intervention(desk, place, ticket)
    steps = {
        "first opened": first.opened,
        "second opened": second.opened,
        "first closed": lambda: first.closed(left=[second.work_order_id]),
    }
    for step in order:
        steps[step]()
    assert place.shown(ticket)["status"] == "open"


def test_a_contractor_whose_work_opens_a_ticket_again(desk, place, ticket, intervention):
    """Takes part by then, and is told of it."""
    place.change(ticket, status="resolved")
    desk.forget()
    intervention.opened(contractor=place.contractor)
    (move,) = desk.told("TicketStatusChanged")
    assert str(place.contractor.person_id) in {str(one["person_id"]) for one in move["recipients"]}
    assert len(desk.told("ContractorInvited")) == 1


def test_a_work_order_on_what_the_last_one_has_settled_meanwhile(desk, place, ticket, intervention):
    """Likewise; one that the last one's closing knew to be over does not, though its own is yet to be heard."""
    intervention.opened()
    intervention.closed()
    desk.forget()
    Intervention(desk, place, ticket).opened(at=8)
    assert (place.shown(ticket)["status"], desk.told()) == ("resolved", [])
    Intervention(desk, place, ticket).opened(at=10)
    moves = [(move["from"], move["to"], move["reason"]) for move in desk.told()]
    assert (place.shown(ticket)["status"], moves) == ("open", [("resolved", "open", "work_opened")])


def test_a_work_order_that_a_closing_left_open(desk, place, ticket, intervention):
    """Opens what somebody has settled meanwhile, though the closing was told after its opening and is heard before."""
    second = Intervention(desk, place, ticket)
    place.change(ticket, status="resolved")
    intervention.closed("cancelled", left=[second.work_order_id])
    desk.forget()
    second.opened(at=8)
    moves = [(move["from"], move["to"], move["reason"]) for move in desk.told()]
    assert (place.shown(ticket)["status"], moves) == ("open", [("resolved", "open", "work_opened")])


def test_a_work_order_that_waited_for_its_ticket(desk, place, ticket, intervention):
    """It is dated before the closing that it waited for, and opens again what that has settled."""
    intervention.opened()
    intervention.closed()
    desk.forget()
    Intervention(desk, place, ticket).opened(at=8.9)
    moves = [(move["from"], move["to"], move["reason"]) for move in desk.told()]
    assert (place.shown(ticket)["status"], moves) == ("open", [("resolved", "open", "work_opened")])


def test_a_work_order_that_is_over_by_now_opens_nothing_again(desk, place, ticket, intervention):
    """Its opening is heard after its closing."""
    intervention.closed()
    desk.forget()
    intervention.opened()
    assert (place.shown(ticket)["status"], desk.told()) == ("resolved", [])


@pytest.mark.parametrize("status", ["new", "open", "planned", "in_progress", "pending"])
def test_a_work_order_on_what_is_not_settled(desk, place, intervention, ticket, status):
    """Leaves its status alone."""
    if status == "new":
        ticket = place.heating_ticket()
        intervention.ticket_id = ticket["id"]
    else:
        place.change(ticket, status=status)
    desk.forget()
    intervention.opened()
    assert (place.shown(ticket)["status"], desk.told()) == (status, [])


class TestLosing:
    """An intervention whose worker cannot be sent any more."""

    def test_its_lines_in_the_history(self, desk, place, ticket, intervention):
        """That somebody is needed is the desk's own; whoever waits reads that the intervention is planned as it was."""
        intervention.planned()
        intervention.lost()
        told = {"intervention_id": str(intervention.intervention_id)}
        plan = {**told, "starts_at": MONDAY.isoformat(), "ends_at": (MONDAY + minutes(60)).isoformat(), "workers": []}
        why = {**told, "unable": ["Will Worker"], "cause": "cannot_be_sent"}
        for reader, shown in (
            (place.resident, [("participants", plan)]),
            (place.agent, [("participants", plan), ("agents", why)]),
        ):
            lines = desk.history(reader, ticket, "InterventionReplanned")
            assert [(line["audience"], line["new"]) for line in lines] == shown
        assert place.shown(ticket)["status"] == "planned"

    @pytest.mark.parametrize("order", list(permutations(("planned", "lost", "clocked_in"))))
    def test_in_any_order(self, place, ticket, intervention, order):
        """It moves the ticket as any plan does."""
        for step in order:
            getattr(intervention, step)()
        assert place.shown(ticket)["status"] == "in_progress"


class TestCancelling:
    """An intervention or a work order that does not take place."""

    def test_the_only_intervention(self, place, ticket, intervention):
        """The ticket is open again."""
        intervention.planned()
        intervention.cancelled()
        assert place.shown(ticket)["status"] == "open"

    def test_its_line_in_the_history(self, desk, place, ticket, intervention):
        """Whoever waits for the intervention reads that nobody comes; why is the desk's own."""
        intervention.planned()
        intervention.cancelled()
        told = {"intervention_id": str(intervention.intervention_id)}
        why = {**told, "reason": "The tenant is away."}
        for reader, shown in (
            (place.resident, [("participants", told)]),
            (place.agent, [("participants", told), ("agents", why)]),
        ):
            lines = desk.history(reader, ticket, "InterventionCancelled")
            assert [(line["audience"], line["new"]) for line in lines] == shown
            assert {(line["source"], line["actor"]["name"]) for line in lines} == {("dispatch", "Will Worker")}

    def test_one_of_two(self, desk, place, ticket, intervention):
        """It stays planned."""
        intervention.planned()
        Intervention(desk, place, ticket).planned()
        intervention.cancelled()
        assert place.shown(ticket)["status"] == "planned"

    def test_told_before_the_plan(self, place, ticket, intervention):
        """The older plan does not bring it back."""
        intervention.cancelled()
        intervention.planned()
        assert place.shown(ticket)["status"] == "open"

    def test_work_under_way(self, place, ticket, intervention):
        """Is not undone by it."""
        intervention.clocked_in()
        intervention.cancelled()
        assert place.shown(ticket)["status"] == "in_progress"

    def test_the_only_work_order(self, desk, place, ticket, intervention):
        """Nothing was done, so nothing is resolved."""
        intervention.opened()
        intervention.planned()
        desk.forget()
        intervention.closed("cancelled")
        assert place.shown(ticket)["status"] == "open"
        assert desk.told("TicketResolved") == []

    def test_the_only_work_order_under_way(self, desk, place, ticket, intervention):
        """Likewise: the ticket waits for nobody on site any more."""
        intervention.opened()
        intervention.clocked_in()
        desk.forget()
        intervention.called_off()
        assert place.shown(ticket)["status"] == "open"
        moves = [(move["from"], move["to"], move["reason"]) for move in desk.told("TicketStatusChanged")]
        assert (moves, desk.told("TicketResolved")) == ([("in_progress", "open", "work_closed")], [])

    def test_says_why_to_agents(self, desk, place, ticket, intervention):
        """The reason is the desk's own."""
        intervention.opened()
        intervention.called_off()
        (line,) = desk.history(place.agent, ticket, "WorkOrderClosed")
        assert (line["audience"], line["new"]) == ("agents", {"outcome": "cancelled", "reason": "It works again."})
        assert desk.history(place.resident, ticket, "WorkOrderClosed") == []

    @pytest.mark.parametrize("reason", ["", None])
    def test_says_nothing_where_none_was_given(self, desk, place, ticket, intervention, reason):
        """Neither by whoever called it off nor by a teller of before."""
        intervention.opened()
        intervention.closed("cancelled", reason=reason)
        (line,) = desk.history(place.agent, ticket, "WorkOrderClosed")
        assert line["new"] == {"outcome": "cancelled"}

    @pytest.mark.parametrize("order", list(permutations(("planned", "clocked_in", "cancelled", "called_off"))))
    def test_a_clock_in_meanwhile(self, place, ticket, intervention, order):
        """In whichever order it is heard, the ticket is open again."""
        intervention.opened()
        for step in order:
            getattr(intervention, step)()
        assert place.shown(ticket)["status"] == "open"

    @pytest.mark.parametrize("order", list(permutations(("planned", "clocked_in", "cancelled", "taken_back"))))
    def test_an_intervention_that_had_begun(self, place, ticket, intervention, order):
        """In whichever order it is heard, work is in progress."""
        intervention.opened()
        for step in order:
            getattr(intervention, step)()
        assert place.shown(ticket)["status"] == "in_progress"

    @pytest.mark.parametrize("order", list(permutations(("clocked_in", "called_off", "closed"))))
    def test_work_that_was_done_all_the_same(self, desk, place, ticket, intervention, order):
        """The newest word on its order says so: the matter is settled, once."""
        intervention.opened()
        desk.forget()
        for step in order:
            getattr(intervention, step)()
        assert place.shown(ticket)["status"] == "resolved"
        assert len(desk.told("TicketResolved")) == 1

    def test_an_old_word_moves_nothing(self, desk, place, ticket, intervention):
        """The cancellation that comes after the outcome, on a ticket that somebody has opened again meanwhile."""
        intervention.opened()
        intervention.closed()
        place.change(ticket, status="open")
        desk.forget()
        intervention.called_off()
        assert (place.shown(ticket)["status"], desk.told()) == ("open", [])
        assert len(desk.history(place.admin, ticket, "WorkOrderClosed")) == 2


class TestSeveralWorkOrders:
    """The ticket is resolved with its last open one."""

    @pytest.mark.parametrize(
        "outcomes", [("validated", "completed"), ("validated", "cancelled"), ("cancelled", "validated")]
    )
    def test_with_the_last(self, desk, place, ticket, intervention, outcomes):
        """Where anything was done."""
        other = Intervention(desk, place, ticket)
        intervention.opened()
        other.opened()
        intervention.closed(outcomes[0], left=[other.work_order_id])
        assert place.shown(ticket)["status"] == "open"
        other.closed(outcomes[1])
        assert place.shown(ticket)["status"] == "resolved"

    def test_told_in_the_wrong_order(self, desk, place, ticket, intervention):
        """Closing comes before opening: it stays closed."""
        intervention.closed()
        intervention.opened()
        assert place.shown(ticket)["status"] == "resolved"


def test_a_ticket_that_is_not_known_yet(desk, place):
    """Each of the facts waits for it."""
    intervention = Intervention(desk, place, {"id": new_id()})
    for step in (*STEPS, "cancelled"):
        with too_early(desk):
            getattr(intervention, step)()


class TestDeliveries:
    """Mails about a ticket."""

    def test_are_lines_for_agents(self, desk, place, ticket):
        """With whom they went to, without addresses, and which mail it was."""
        participant_id = ticket["requester"]["participant_id"]
        about = {"ticket_id": ticket["id"], "participant_id": participant_id, "delivery_id": new_id()}
        desk.hear(ReceiptSent, sent_at=MONDAY, **about)
        desk.hear(DeliverySent, sent_at=MONDAY, kind="message", **about)
        desk.hear(DeliveryFailed, failed_at=MONDAY, kind="message", error="550 no such user", **about)
        lines = [line for line in desk.history(place.agent, ticket) if line["source"] == "notifications"]
        sent = {"delivery_id": str(about["delivery_id"]), "to": "Rita Resident"}
        assert [(line["kind"], line["audience"], line["new"]) for line in lines] == [
            ("ReceiptSent", "agents", sent),
            ("DeliverySent", "agents", {**sent, "kind": "message"}),
            ("DeliveryFailed", "agents", {**sent, "kind": "message", "error": "550 no such user"}),
        ]
        assert "notifications" not in {line["source"] for line in desk.history(place.resident, ticket)}

    def test_to_a_worker_who_takes_no_part(self, desk, place, ticket):
        """Named by their copy."""
        about = {"ticket_id": ticket["id"], "participant_id": None, "person_id": place.agent.person_id}
        delivery_id = new_id()
        desk.hear(DeliverySent, sent_at=MONDAY, kind="your_visit_planned", delivery_id=delivery_id, **about)
        (line,) = [line for line in desk.history(place.agent, ticket) if line["source"] == "notifications"]
        about = {"delivery_id": str(delivery_id), "to": place.agent.name}
        assert line["new"] == {**about, "kind": "your_visit_planned"}

    def test_to_whoever_has_no_account(self, desk, place):
        """Named by how they take part."""
        caller = {"requester_email": "nobody@homes.example", "requester_name": "Nobody Known"}
        ticket = place.ticket(place.agent, usergroup=place.heating, **caller)
        about = {"ticket_id": ticket["id"], "participant_id": ticket["requester"]["participant_id"]}
        delivery_id = new_id()
        desk.hear(ReceiptSent, sent_at=MONDAY, delivery_id=delivery_id, **about)
        (line,) = desk.history(place.agent, ticket, "ReceiptSent")
        assert line["new"] == {"delivery_id": str(delivery_id), "to": "Nobody Known"}

    def test_about_a_ticket_that_is_not_known(self, desk, place, ticket):
        """Are waited for, whatever other tickets there are."""
        with too_early(desk):
            desk.hear(ReceiptSent, sent_at=MONDAY, ticket_id=new_id(), participant_id=new_id(), delivery_id=new_id())

    def test_about_no_ticket(self, desk, place):
        """Such as a registration, are none of its business."""
        nothing = {"ticket_id": None, "participant_id": None, "delivery_id": new_id()}
        before = contents(desk.work)
        desk.hear(DeliverySent, sent_at=MONDAY, kind="registration", **nothing)
        assert contents(desk.work) == before
