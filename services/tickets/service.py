"""Entrypoints of tickets."""

from chassis import uploads
from chassis.bus import answer, every, on
from services.dispatch.contract import (
    AssignmentDecided,
    DeadlineMissed,
    DeadlineSet,
    InterventionCancelled,
    InterventionPlanned,
    InterventionReplanned,
    TicketRouted,
    WorkOrderClosed,
    WorkOrderOpened,
)
from services.fieldwork.contract import (
    ClockedIn,
    ClockedOut,
    IncidentDeclared,
    InterventionCompleted,
    WorkValidated,
)
from services.identity.contract import PersonChanged, SiteChanged, UsergroupChanged
from services.inbound.contract import MessageReceived, WebformSubmitted
from services.notifications.contract import DeliveryFailed, DeliverySent, ReceiptSent
from services.tickets import contract, queries
from services.tickets.actions import (
    attachments,
    categories,
    changing,
    conversation,
    copies,
    deliveries,
    fieldwork,
    following,
    incidents,
    opening,
    participants,
    relieving,
    reports,
    retelling,
    routing,
)


class TicketsService:
    """Categories, tickets and their conversations."""

    name = "tickets"
    contract = contract.Tickets

    @answer
    def create_category(self, work, actor, **fields):
        """Make a category."""
        return categories.create_category(work, actor, **fields)

    @answer
    def list_categories(self, work, actor, closed):
        """List the active categories, or the closed ones."""
        return categories.list_categories(self.database.read, closed)

    @answer
    def change_category(self, work, actor, **fields):
        """Change a category."""
        return categories.change_category(work, actor, **fields)

    @answer
    def open_ticket(self, work, actor, **fields):
        """Open a ticket."""
        return opening.open_ticket(work, actor, **fields)

    @answer
    def list_tickets(self, work, actor, **filters):
        """List and search tickets."""
        return queries.list_tickets(self.database.read, actor, **filters)

    @answer
    def ticket_by_id(self, work, actor, ticket_id):
        """Show one ticket."""
        return queries.ticket_by_id(self.database.read, actor, ticket_id)

    @answer
    def messages_of_ticket(self, work, actor, ticket_id, cursor, limit):
        """Show the conversation."""
        return queries.messages_of_ticket(self.database.read, actor, ticket_id, cursor, limit)

    @answer
    def add_message(self, work, actor, ticket_id, body, internal, attachments):
        """Write a message or a note."""
        return conversation.add_message(work, actor, ticket_id, body, internal, attachments)

    @answer
    def change_ticket(self, work, actor, ticket_id, **changes):
        """Change fields."""
        return changing.change_ticket(work, actor, ticket_id, **changes)

    @answer
    def history_of_ticket(self, work, actor, ticket_id, cursor, limit):
        """Show what happened."""
        return queries.history_of_ticket(self.database.read, actor, ticket_id, cursor, limit)

    @answer
    def add_participant(self, work, actor, **fields):
        """Let somebody read and answer along."""
        return participants.add_participant(work, actor, **fields)

    @answer
    def remove_participant(self, work, actor, ticket_id, participant_id):
        """Let somebody read and answer along no more."""
        participants.remove_participant(work, actor, ticket_id, participant_id)

    @answer
    def keep_attachment(self, work, actor, **fields):
        """Keep an upload."""
        return attachments.keep_attachment(work, actor, self.files, **fields)

    @answer
    def attachment_by_id(self, work, actor, attachment_id):
        """Say where the bytes of an attachment are."""
        return attachments.attachment_by_id(self.database.read, actor, attachment_id, now=work.now)

    @answer
    def follow_request(self, work, actor, token, cursor):
        """Show a request by its follow link."""
        return following.follow_request(self.database.read, self.settings, token, cursor)

    @answer
    def followed_attachment(self, work, actor, token):
        """Say where the bytes are that a file's link is for."""
        return following.followed_attachment(self.database.read, self.settings.links, token)

    @answer
    def satisfaction_request(self, work, actor, token):
        """Show what a rating link asks about."""
        return following.satisfaction_request(self.database.read, self.settings.links, token)

    @answer
    def give_satisfaction(self, work, actor, token, rating, comment):
        """Rate a resolved ticket."""
        return following.give_satisfaction(work, self.settings.links, token, rating, comment)

    @answer
    def retell(self, work, actor, kind, after):
        """Tell everything of a kind again."""
        return retelling.retell(work, actor, kind=kind, after_id=after)

    @on(PersonChanged)
    def person_changed(self, work, fact):
        """Keep a person."""
        copies.keep_person(work, fact)

    @on(UsergroupChanged)
    def usergroup_changed(self, work, fact):
        """Keep a usergroup."""
        copies.keep_usergroup(work, fact)

    @on(SiteChanged)
    def site_changed(self, work, fact):
        """Keep a site."""
        copies.keep_site(work, fact)

    @on(MessageReceived)
    def message_received(self, work, fact):
        """Make a mail a ticket or a message."""
        reports.receive_mail(work, self.files, fact)

    @on(WebformSubmitted)
    def webform_submitted(self, work, fact):
        """Make a webform a ticket."""
        reports.open_by_webform(work, fact)

    @on(TicketRouted)
    def ticket_routed(self, work, fact):
        """Apply what routing found."""
        routing.apply_routing(work, fact)

    @on(AssignmentDecided)
    def assignment_decided(self, work, fact):
        """Assign the ticket."""
        routing.apply_assignment(work, fact)

    @on(DeadlineSet)
    def deadline_set(self, work, fact):
        """Copy the deadlines."""
        routing.copy_deadlines(work, fact)

    @on(DeadlineMissed)
    def deadline_missed(self, work, fact):
        """Mark the missed deadline."""
        routing.note_missed_deadline(work, fact)

    @on(WorkOrderOpened)
    def work_order_opened(self, work, fact):
        """Keep the work order."""
        fieldwork.note_work_order(work, fact)

    @on(WorkOrderClosed)
    def work_order_closed(self, work, fact):
        """Close the work order, and the matter with the last one."""
        fieldwork.close_work_order(work, fact)

    @on(InterventionPlanned)
    def intervention_planned(self, work, fact):
        """Keep the plan."""
        fieldwork.note_plan(work, fact)

    @on(InterventionReplanned)
    def intervention_replanned(self, work, fact):
        """Keep the new plan."""
        fieldwork.note_plan(work, fact)

    @on(InterventionCancelled)
    def intervention_cancelled(self, work, fact):
        """Keep the cancellation."""
        fieldwork.note_cancellation(work, fact)

    @on(ClockedIn)
    def clocked_in(self, work, fact):
        """Work is in progress."""
        fieldwork.note_clock_in(work, fact)

    @on(ClockedOut)
    def clocked_out(self, work, fact):
        """Keep the line."""
        fieldwork.note_clocking(work, fact)

    @on(IncidentDeclared)
    def incident_declared(self, work, fact):
        """Open the incident's ticket."""
        incidents.open_incident(work, self.files, fact)

    @on(InterventionCompleted)
    def intervention_completed(self, work, fact):
        """Keep the line."""
        fieldwork.note_completion(work, fact)

    @on(WorkValidated)
    def work_validated(self, work, fact):
        """Keep the line."""
        fieldwork.note_validation(work, fact)

    @on(ReceiptSent)
    def receipt_sent(self, work, fact):
        """Keep the line."""
        deliveries.note_delivery(work, fact)

    @on(DeliverySent)
    def delivery_sent(self, work, fact):
        """Keep the line."""
        deliveries.note_delivery(work, fact)

    @on(DeliveryFailed)
    def delivery_failed(self, work, fact):
        """Keep the line."""
        deliveries.note_delivery(work, fact)

    @every(relieving.RELIEF_SECONDS)
    def relieve_assignees(self, work):
        """Take tickets from those who cannot serve them any more."""
        relieving.relieve_assignees(work)

    @every(uploads.SWEEP_SECONDS)
    def sweep(self, work):
        """Forget uploads that nobody used."""
        attachments.sweep_attachments(work, self.files)
