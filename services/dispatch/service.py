"""Entrypoints of dispatch."""

from chassis.bus import answer, every, on
from services.dispatch import access, contract, queries
from services.dispatch.actions import (
    copies,
    deadlines,
    interventions,
    policies,
    relieving,
    routing,
    rules,
    ticket_facts,
    work_orders,
)
from services.dispatch.actions.assignment import FIRST_DECISION
from services.dispatch.domain.deadlines import is_felt
from services.fieldwork.contract import (
    ClockedIn,
    ClockedOut,
    InterventionCompleted,
    ServiceTypeChanged,
    WorkValidated,
)
from services.identity.contract import PersonChanged, SiteChanged, UsergroupChanged
from services.inbound.contract import MailboxChanged
from services.tickets.contract import (
    CategoryChanged,
    MessageAdded,
    TicketAssigned,
    TicketOpened,
    TicketParticipantsChanged,
    TicketPriorityChanged,
    TicketPrivacyChanged,
    TicketSiteChanged,
    TicketStatusChanged,
    TicketUsergroupChanged,
)

#: Seconds between two looks for deadlines that have passed.
SWEEP_SECONDS = 5


class DispatchService:
    """Who gets which ticket by when, and who goes where."""

    name = "dispatch"
    contract = contract.Dispatch

    @answer
    def create_routing_rule(self, work, actor, **rule):
        """Add a routing rule."""
        return rules.create_routing_rule(work, actor, **rule)

    @answer
    def list_routing_rules(self, work, actor, **page):
        """Return a page of the routing rules."""
        return rules.list_routing_rules(work, actor, **page)

    @answer
    def change_routing_rule(self, work, actor, **changes):
        """Change a routing rule."""
        return rules.change_routing_rule(work, actor, **changes)

    @answer
    def create_sla_policy(self, work, actor, **policy):
        """Add the SLA policy of a usergroup."""
        return policies.create_sla_policy(work, actor, **policy)

    @answer
    def list_sla_policies(self, work, actor, **page):
        """Return a page of the SLA policies."""
        return policies.list_sla_policies(work, actor, **page)

    @answer
    def change_sla_policy(self, work, actor, **changes):
        """Change an SLA policy."""
        return policies.change_sla_policy(work, actor, **changes)

    @answer
    def business_calendar(self, work, actor):
        """Return the business hours."""
        return policies.business_calendar(work, actor)

    @answer
    def change_business_calendar(self, work, actor, **changes):
        """Change the business hours."""
        return policies.change_business_calendar(work, actor, **changes)

    @answer
    def create_work_order(self, work, actor, **work_order):
        """Authorise work on site."""
        return work_orders.create_work_order(work, actor, **work_order)

    @answer
    def list_work_orders(self, work, actor, **filters):
        """Return a page of the work orders that the caller may see."""
        return queries.work_orders(work, actor, **filters)

    @answer
    def work_order_by_id(self, work, actor, work_order_id):
        """Return one work order."""
        return access.work_order_for(work, actor, work_order_id)

    @answer
    def cancel_work_order(self, work, actor, work_order_id, reason):
        """Close a work order without its work."""
        return work_orders.cancel_work_order(work, actor, work_order_id, reason)

    @answer
    def plan_intervention(self, work, actor, **plan):
        """Plan an intervention."""
        return interventions.plan_intervention(work, actor, **plan)

    @answer
    def replan_intervention(self, work, actor, **plan):
        """Move an intervention, or send others."""
        return interventions.replan_intervention(work, actor, **plan)

    @answer
    def cancel_intervention(self, work, actor, intervention_id, reason):
        """Cancel an intervention."""
        return interventions.cancel_intervention(work, actor, intervention_id, reason)

    @on(TicketOpened)
    def ticket_opened(self, work, fact):
        """Route it, assign it, set its deadlines."""
        routing.route_ticket(work, fact)

    @on(TicketStatusChanged, only_if=lambda moved: is_felt(moved["from_"], moved["to"]))
    def ticket_status_changed(self, work, fact):
        """Let the clocks stand or run."""
        ticket_facts.record_status(work, fact)

    @on(TicketPriorityChanged)
    def ticket_priority_changed(self, work, fact):
        """Count the deadlines anew."""
        ticket_facts.record_priority(work, fact)

    @on(TicketUsergroupChanged)
    def ticket_usergroup_changed(self, work, fact):
        """Assign it anew where no person has said."""
        ticket_facts.record_usergroup(work, fact)

    @on(TicketAssigned, only_if=lambda assigned: assigned["decision"] != FIRST_DECISION)
    def ticket_assigned(self, work, fact):
        """Count it as the assignee's load; what was decided at the opening was counted then."""
        ticket_facts.record_assignee(work, fact)

    @on(TicketParticipantsChanged)
    def ticket_participants_changed(self, work, fact):
        """Keep who takes part."""
        ticket_facts.record_participants(work, fact)

    @on(TicketSiteChanged)
    def ticket_site_changed(self, work, fact):
        """Keep what place it is about."""
        ticket_facts.record_site(work, fact)

    @on(TicketPrivacyChanged)
    def ticket_privacy_changed(self, work, fact):
        """Keep from whom it is hidden."""
        ticket_facts.record_privacy(work, fact)

    @on(MessageAdded, only_if=lambda added: added["first_response"])
    def message_added(self, work, fact):
        """Stop the first response clock at the first answer."""
        ticket_facts.record_message(work, fact)

    @on(CategoryChanged)
    def category_changed(self, work, fact):
        """Keep the copy."""
        copies.keep_category(work, fact)

    @on(PersonChanged)
    def person_changed(self, work, fact):
        """Keep the copy."""
        copies.keep_person(work, fact)

    @on(UsergroupChanged)
    def usergroup_changed(self, work, fact):
        """Keep the copy."""
        copies.keep_usergroup(work, fact)

    @on(SiteChanged)
    def site_changed(self, work, fact):
        """Keep the copy."""
        copies.keep_site(work, fact)

    @on(MailboxChanged)
    def mailbox_changed(self, work, fact):
        """Keep the copy."""
        copies.keep_mailbox(work, fact)

    @on(ServiceTypeChanged)
    def service_type_changed(self, work, fact):
        """Keep the copy."""
        copies.keep_service_type(work, fact)

    @on(ClockedIn)
    def clocked_in(self, work, fact):
        """The intervention is under way."""
        interventions.record_clocking(work, fact)

    @on(ClockedOut)
    def clocked_out(self, work, fact):
        """Likewise: it says that somebody was there."""
        interventions.record_clocking(work, fact)

    @on(InterventionCompleted)
    def intervention_completed(self, work, fact):
        """Close the work order where that was all."""
        interventions.record_completion(work, fact)

    @on(WorkValidated)
    def work_validated(self, work, fact):
        """Close the work order where that was all."""
        interventions.record_validation(work, fact)

    @every(SWEEP_SECONDS)
    def tell_missed_deadlines(self, work):
        """Tell the deadlines that have passed."""
        deadlines.tell_missed(work)

    @every(relieving.RELIEF_SECONDS)
    def relieve_workers(self, work):
        """Take those off interventions who cannot be sent any more."""
        relieving.relieve_workers(work)
