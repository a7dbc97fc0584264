"""Entrypoints of fieldwork."""

from chassis import uploads
from chassis.bus import answer, every, on
from services.dispatch.contract import InterventionCancelled, InterventionPlanned, InterventionReplanned
from services.fieldwork import access, actions, answers, contract, queries
from services.identity.contract import PersonChanged, SiteChanged, UsergroupChanged
from services.tickets.contract import TicketPrivacyChanged, TicketUsergroupChanged


class FieldworkService:
    """The execution of interventions: clock-ins, incidents, completion and validation."""

    name = "fieldwork"
    contract = contract.Fieldwork

    @answer
    def create_service_type(self, work, actor, **settings):
        """Add a kind of work."""
        return actions.create_service_type(work, actor, **settings)

    @answer
    def list_service_types(self, work, actor):
        """Return all kinds of work."""
        items = [answers.of_service_type(service_type) for service_type in queries.service_types(work)]
        return {"items": items, "next_cursor": None}

    @answer
    def create_incident_reason(self, work, actor, **reason):
        """Add a reason for incidents."""
        return actions.create_incident_reason(work, actor, **reason)

    @answer
    def list_incident_reasons(self, work, actor, service_type):
        """Return the reasons offered."""
        reasons = queries.incident_reasons(work, service_type)
        items = [answers.of_reason(reason, actor.language) for reason in reasons]
        return {"items": items, "next_cursor": None}

    @answer
    def list_interventions(self, work, actor, **filters):
        """Return a page of interventions."""
        page = queries.page_of_interventions(work, actor, filters)
        return {**page, "items": answers.of_interventions(work, actor, page["items"])}

    @answer
    def intervention_by_id(self, work, actor, intervention_id):
        """Return one intervention, whole."""
        intervention = access.intervention_for(work, actor, intervention_id)
        return answers.of_full_intervention(work, actor, intervention)

    @answer
    def clock_in(self, work, actor, **clock_in):
        """Record a clock-in or clock-out."""
        return actions.clock_in(work, actor, **clock_in)

    @answer
    def declare_incident(self, work, actor, **incident):
        """Report something wrong."""
        return actions.declare_incident(work, actor, **incident)

    @answer
    def complete_intervention(self, work, actor, intervention_id, report):
        """Say that the work is done."""
        return actions.complete_intervention(work, actor, intervention_id, report)

    @answer
    def validate_intervention(self, work, actor, intervention_id):
        """Confirm the work of others."""
        return actions.validate_intervention(work, actor, intervention_id)

    @answer
    def keep_attachment(self, work, actor, **upload):
        """Take over an upload."""
        return actions.keep_attachment(work, actor, self.files, **upload)

    @answer
    def attachment_by_id(self, work, actor, attachment_id):
        """Return where a file lies."""
        return access.attachment_for(work, actor, attachment_id)

    @answer
    def retell(self, work, actor, kind, after):
        """Tell everything of a kind again."""
        return actions.retell(work, actor, kind=kind, after_id=after)

    @on(InterventionPlanned)
    def intervention_planned(self, work, fact):
        """Copy the plan."""
        actions.keep_plan(work, fact)

    @on(InterventionReplanned)
    def intervention_replanned(self, work, fact):
        """Copy the new plan."""
        actions.keep_plan(work, fact)

    @on(InterventionCancelled)
    def intervention_cancelled(self, work, fact):
        """Mark the intervention as cancelled."""
        actions.cancel_plan(work, fact)

    @on(TicketUsergroupChanged)
    def ticket_usergroup_changed(self, work, fact):
        """Hand the ticket's interventions over."""
        actions.follow_usergroup(work, fact)

    @on(TicketPrivacyChanged)
    def ticket_privacy_changed(self, work, fact):
        """Hide or show the ticket's interventions."""
        actions.follow_privacy(work, fact)

    @on(PersonChanged)
    def person_changed(self, work, fact):
        """Copy the name."""
        actions.keep_person(work, fact)

    @on(SiteChanged)
    def site_changed(self, work, fact):
        """Copy the place in the tree and whose it is."""
        actions.keep_site(work, fact)

    @on(UsergroupChanged)
    def usergroup_changed(self, work, fact):
        """Copy the name."""
        actions.keep_usergroup(work, fact)

    @every(uploads.SWEEP_SECONDS)
    def forget_unbound_uploads(self, work):
        """Forget the uploads that nobody used."""
        actions.forget_unbound_uploads(work, self.files)
