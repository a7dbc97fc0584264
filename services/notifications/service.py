"""Entrypoints of notifications."""

from functools import partial

from chassis.bus import answer, every, on
from services.dispatch.contract import InterventionCancelled, InterventionPlanned, InterventionReplanned
from services.identity.contract import PersonChanged, PersonInvited, RegistrationRequested, SiteChanged
from services.inbound.contract import MailboxChanged
from services.notifications import actions, contract
from services.notifications.senders.choice import sender_of
from services.tickets.contract import (
    ContractorCalledOff,
    ContractorInvited,
    MessageAdded,
    NoteAdded,
    TicketAssigned,
    TicketOpened,
    TicketParticipantsChanged,
    TicketResolved,
    TicketStatusChanged,
    TicketUsergroupChanged,
)

#: Seconds between two looks for mails that wait.
SWEEP_SECONDS = 0.5


class NotificationsService:
    """Every mail that leaves the desk, and the list of what concerns a person."""

    name = "notifications"
    contract = contract.Notifications

    @answer
    def list_notifications(self, work, actor, cursor, limit, unread):
        """Return a page of the actor's own list."""
        return actions.list_notifications(work, actor, cursor, limit, unread)

    @answer
    def mark_read(self, work, actor, notification_id):
        """Mark a line as read."""
        return actions.mark_read(work, actor, notification_id)

    @on(TicketOpened)
    def ticket_opened(self, work, fact):
        """Send a receipt, or tell of an incident."""
        actions.open_correspondence(work, fact, self.settings)

    @on(MessageAdded)
    def message_added(self, work, fact):
        """Pass the message on."""
        actions.pass_on_message(work, fact, self.settings, self.files)

    @on(NoteAdded)
    def note_added(self, work, fact):
        """Tell the assignee, in the app only."""
        actions.announce_note(work, fact)

    @on(TicketAssigned)
    def ticket_assigned(self, work, fact):
        """Tell the assignee."""
        actions.announce_assignment(work, fact, self.settings)

    @on(TicketStatusChanged)
    def ticket_status_changed(self, work, fact):
        """Tell those who follow."""
        actions.announce_status(work, fact, self.settings)

    @on(TicketParticipantsChanged)
    def ticket_participants_changed(self, work, fact):
        """Copy who takes part."""
        actions.change_participants(work, fact)

    @on(TicketUsergroupChanged)
    def ticket_usergroup_changed(self, work, fact):
        """Copy who serves it."""
        actions.change_usergroup(work, fact)

    @on(ContractorInvited)
    def contractor_invited(self, work, fact):
        """Tell the contractor of their work order."""
        actions.announce_work_order(work, fact, self.settings)

    @on(ContractorCalledOff)
    def contractor_called_off(self, work, fact):
        """Tell the contractor that there is nothing to do."""
        actions.call_off_work_order(work, fact, self.settings)

    @on(TicketResolved)
    def ticket_resolved(self, work, fact):
        """Ask the requester whether it was done well."""
        actions.ask_for_satisfaction(work, fact, self.settings)

    @on(InterventionPlanned)
    def intervention_planned(self, work, fact):
        """Tell when."""
        actions.announce_intervention(work, fact, self.settings)

    @on(InterventionReplanned)
    def intervention_replanned(self, work, fact):
        """Tell the new window."""
        actions.announce_intervention(work, fact, self.settings)

    @on(InterventionCancelled)
    def intervention_cancelled(self, work, fact):
        """Tell that nobody comes."""
        actions.call_off_intervention(work, fact, self.settings)

    @on(RegistrationRequested)
    def registration_requested(self, work, fact):
        """Ask for the confirmation of an address."""
        actions.write_registration(work, fact, self.settings)

    @on(PersonInvited)
    def person_invited(self, work, fact):
        """Send the link behind which they choose their password."""
        actions.write_invitation(work, fact, self.settings)

    @on(PersonChanged)
    def person_changed(self, work, fact):
        """Copy address, language, roles and whether they are active."""
        actions.keep_person(work, fact)

    @on(SiteChanged)
    def site_changed(self, work, fact):
        """Copy the time zone and the way there."""
        actions.keep_site(work, fact)

    @on(MailboxChanged)
    def mailbox_changed(self, work, fact):
        """Copy address, name and usergroup."""
        actions.keep_mailbox(work, fact)

    @every(SWEEP_SECONDS)
    def send_waiting_mails(self, work):
        """Send what is due, each mail in a transaction of its own."""
        actions.send_waiting(self.database, partial(sender_of, self.settings), self.settings, self.files)
