"""The entrypoints of identity: translate, call an action, hand back what it gives."""

from chassis.bus import answer, every
from chassis.bus.threads import in_thread_pool
from services.identity import access, contract, queries
from services.identity.actions import people, places, registrations, retelling, sessions, usergroups
from services.identity.models import Organisation, Person, Site, Usergroup
from services.identity.passwords import Passwords

SECONDS_BETWEEN_CLEANINGS = 600


class IdentityService:
    """People, sessions, roles, usergroups, organisations and sites."""

    name = "identity"
    contract = contract.Identity
    passwords = Passwords(in_thread_pool)

    @answer
    def log_in(self, work, actor, **arguments):
        """Begin a session."""
        return sessions.log_in(work, **arguments, passwords=self.passwords)

    @answer
    def log_out(self, work, actor):
        """End the caller's session."""
        sessions.log_out(work, actor)

    @answer
    def token_for(self, work, actor, session):
        """Give the signed token of a session."""
        return sessions.token_for(work, session=session, key=self.settings.signing_key)

    @answer
    def register(self, work, actor, **arguments):
        """Ask for an account."""
        return registrations.register(work, **arguments)

    @answer
    def registration_request(self, work, actor, token):
        """Show which account a link would open."""
        links = self.settings.links
        return registrations.registration_request(work, token=token, links=links)

    @answer
    def confirm_registration(self, work, actor, **arguments):
        """Open the account a link was mailed for."""
        means = {"links": self.settings.links, "passwords": self.passwords}
        return registrations.confirm_registration(work, **arguments, **means)

    @answer
    def me(self, work, actor):
        """Show the caller themselves."""
        return sessions.myself(work, actor.person_id)

    @answer
    def list_people(self, work, actor, role, active, **page):
        """List people."""
        return queries.page(work, actor, Person, **page, conditions=queries.people_like(role, active))

    @answer
    def create_person(self, work, actor, **arguments):
        """Make a person, or invite one."""
        return people.create_person(work, actor, **arguments, passwords=self.passwords)

    @answer
    def invite_person(self, work, actor, person_id):
        """Invite a person once more."""
        return people.invite_person(work, actor, person_id=person_id)

    @answer
    def person_by_id(self, work, actor, person_id):
        """Show one person."""
        return access.shown(work, actor, Person, person_id)

    @answer
    def change_person(self, work, actor, **arguments):
        """Change a person."""
        return people.change_person(work, actor, **arguments, passwords=self.passwords)

    @answer
    def list_roles(self, work, actor):
        """List the roles."""
        return {"items": queries.all_roles(work, actor), "next_cursor": None}

    @answer
    def create_usergroup(self, work, actor, **arguments):
        """Make a usergroup."""
        return usergroups.create_usergroup(work, actor, **arguments)

    @answer
    def usergroup_by_id(self, work, actor, usergroup_id):
        """Show one usergroup."""
        return access.shown(work, actor, Usergroup, usergroup_id)

    @answer
    def list_usergroups(self, work, actor, **page):
        """List usergroups."""
        return queries.page(work, actor, Usergroup, **page)

    @answer
    def change_usergroup(self, work, actor, **arguments):
        """Change a usergroup."""
        return usergroups.change_usergroup(work, actor, **arguments)

    @answer
    def create_organisation(self, work, actor, **arguments):
        """Make an organisation."""
        return places.create_organisation(work, actor, **arguments)

    @answer
    def list_organisations(self, work, actor, **page):
        """List organisations."""
        return queries.page(work, actor, Organisation, **page)

    @answer
    def change_organisation(self, work, actor, **arguments):
        """Change an organisation."""
        return places.change_organisation(work, actor, **arguments)

    @answer
    def create_site(self, work, actor, **arguments):
        """Make a site."""
        return places.create_site(work, actor, **arguments)

    @answer
    def list_sites(self, work, actor, parent_id, kind, **page):
        """List sites."""
        return queries.page(work, actor, Site, **page, conditions=queries.sites_like(parent_id, kind))

    @answer
    def site_by_id(self, work, actor, site_id):
        """Show one site."""
        return access.shown(work, actor, Site, site_id)

    @answer
    def change_site(self, work, actor, **arguments):
        """Change a site."""
        return places.change_site(work, actor, **arguments)

    @answer
    def retell(self, work, actor, kind, after):
        """Tell things again."""
        return retelling.retell(work, actor, kind=kind, after_id=after)

    @every(SECONDS_BETWEEN_CLEANINGS)
    def forget_expired(self, work):
        """Delete sessions, registrations and counts whose time is over."""
        sessions.forget_expired(work)
