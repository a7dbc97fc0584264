"""What identity publishes: the methods it answers and the facts it tells."""

from chassis.contract import Contract, Retold, command, query
from services.identity.contract.answers import (
    AskedAccount,
    Myself,
    Organisation,
    Organisations,
    People,
    Person,
    Registered,
    Roles,
    SignedIn,
    Site,
    Sites,
    Token,
    Usergroup,
    Usergroups,
)
from services.identity.contract.arguments import (
    Confirmation,
    Credentials,
    LinkToken,
    NewOrganisation,
    NewPerson,
    NewSite,
    NewUsergroup,
    OrganisationChange,
    Page,
    PersonChange,
    PersonFilter,
    PersonId,
    Registration,
    Retelling,
    SessionSecret,
    SiteChange,
    SiteFilter,
    SiteId,
    UsergroupChange,
    UsergroupId,
)
from services.identity.contract.errors import ERRORS
from services.identity.contract.facts import (
    GrantsChanged,
    OrganisationChanged,
    PersonChanged,
    PersonInvited,
    RegistrationRequested,
    SiteChanged,
    UsergroupChanged,
)
from services.identity.contract.words import (
    CLIENT,
    EXTERNAL_AGENT,
    FIELD_KINDS,
    NOT_ANSWERING,
    NOT_SUPERVISING,
    SENT,
    SITE_KINDS,
    may_answer_for_tickets,
    may_be_sent,
    may_supervise,
)

__all__ = [
    "CLIENT",
    "EXTERNAL_AGENT",
    "FIELD_KINDS",
    "GrantsChanged",
    "Identity",
    "NOT_ANSWERING",
    "NOT_SUPERVISING",
    "NewPerson",
    "OrganisationChanged",
    "PersonChanged",
    "PersonInvited",
    "RegistrationRequested",
    "SENT",
    "SITE_KINDS",
    "SiteChanged",
    "UsergroupChanged",
    "may_answer_for_tickets",
    "may_be_sent",
    "may_supervise",
]


class Identity(Contract):
    """The methods that identity answers."""

    service = "identity"
    errors = ERRORS

    @command(
        takes=Credentials,
        gives=SignedIn,
        anonymous=True,
        secret=True,
        refuses=("credentials_wrong", "too_many_attempts"),
    )
    def log_in(self, **fields):
        """Begin a session; every wrong pair of address and password is refused alike."""

    @command()
    def log_out(self):
        """End the caller's session."""

    @query(takes=SessionSecret, gives=Token, anonymous=True, refuses=("session_ended",))
    def token_for(self, **fields):
        """Give the signed token that a session's calls travel with."""

    @command(takes=Registration, gives=Registered, anonymous=True, refuses=("email_invalid", "too_many_requests"))
    def register(self, **fields):
        """Ask for an account; the answer is the same for an address that has one."""

    @query(takes=LinkToken, gives=AskedAccount, anonymous=True, refuses=("link_not_found",))
    def registration_request(self, **fields):
        """Show which account a confirm link would open; looking opens nothing, as mail scanners look too."""

    @command(takes=Confirmation, gives=Registered, anonymous=True, refuses=("link_not_found",))
    def confirm_registration(self, **fields):
        """Open the account that a confirm link was mailed for, with the password chosen there.

        A link works once, for three days.
        """

    @query(gives=Myself)
    def me(self):
        """Show the caller their own person, usergroups and rights."""

    @query(takes=PersonFilter, gives=People, refuses=("not_allowed", "cursor_invalid"))
    def list_people(self, **fields):
        """List people by name."""

    @command(
        takes=NewPerson,
        gives=Person,
        refuses=(
            "not_allowed",
            "rights_exceeded",
            "organisation_not_found",
            "email_taken",
            "email_invalid",
            "role_unknown",
        ),
    )
    def create_person(self, **fields):
        """Make a person; without a password they are mailed an invitation to choose one."""

    @command(
        takes=PersonId,
        gives=Person,
        refuses=("not_allowed", "rights_exceeded", "person_not_found", "password_chosen", "person_closed"),
    )
    def invite_person(self, **fields):
        """Mail another invitation to a person without a password; the link of the one before opens nothing any more."""

    @query(takes=PersonId, gives=Person, refuses=("person_not_found",))
    def person_by_id(self, **fields):
        """Show one person."""

    @command(
        takes=PersonChange,
        gives=Person,
        refuses=(
            "not_allowed",
            "current_password_wrong",
            "rights_exceeded",
            "person_not_found",
            "organisation_not_found",
            "email_taken",
            "last_admin",
            "version_stale",
            "email_invalid",
            "role_unknown",
            "too_many_attempts",
        ),
    )
    def change_person(self, **fields):
        """Change a person; a change of rights, password or activity reaches every service at once."""

    @query(gives=Roles, refuses=("not_allowed",))
    def list_roles(self):
        """List the roles with their permissions."""

    @command(
        takes=NewUsergroup,
        gives=Usergroup,
        refuses=("not_allowed", "person_not_found", "usergroup_name_taken", "field_value_invalid"),
    )
    def create_usergroup(self, **fields):
        """Make a usergroup."""

    @query(takes=UsergroupId, gives=Usergroup, refuses=("usergroup_not_found",))
    def usergroup_by_id(self, **fields):
        """Show one usergroup."""

    @query(takes=Page, gives=Usergroups, refuses=("cursor_invalid",))
    def list_usergroups(self, **fields):
        """List usergroups by name: all to those who may see people, else the caller's own."""

    @command(
        takes=UsergroupChange,
        gives=Usergroup,
        refuses=(
            "not_allowed",
            "usergroup_not_found",
            "person_not_found",
            "usergroup_name_taken",
            "version_stale",
            "field_value_invalid",
        ),
    )
    def change_usergroup(self, **fields):
        """Change a usergroup; supervisors change members and agents of their own."""

    @command(takes=NewOrganisation, gives=Organisation, refuses=("not_allowed", "organisation_name_taken"))
    def create_organisation(self, **fields):
        """Make an organisation."""

    @query(takes=Page, gives=Organisations, refuses=("not_allowed", "cursor_invalid"))
    def list_organisations(self, **fields):
        """List organisations by name."""

    @command(
        takes=OrganisationChange,
        gives=Organisation,
        refuses=("not_allowed", "organisation_not_found", "organisation_name_taken", "version_stale"),
    )
    def change_organisation(self, **fields):
        """Change an organisation."""

    @command(
        takes=NewSite,
        gives=Site,
        refuses=(
            "not_allowed",
            "site_not_found",
            "organisation_not_found",
            "usergroup_not_found",
            "parent_closed",
            "parent_kind_wrong",
            "time_zone_unknown",
        ),
    )
    def create_site(self, **fields):
        """Make a site."""

    @query(takes=SiteFilter, gives=Sites, refuses=("not_allowed", "cursor_invalid"))
    def list_sites(self, **fields):
        """List sites by name."""

    @query(takes=SiteId, gives=Site, refuses=("not_allowed", "site_not_found"))
    def site_by_id(self, **fields):
        """Show one site."""

    @command(
        takes=SiteChange,
        gives=Site,
        refuses=(
            "not_allowed",
            "site_not_found",
            "usergroup_not_found",
            "parent_closed",
            "sites_open",
            "time_zone_unknown",
            "version_stale",
        ),
    )
    def change_site(self, **fields):
        """Change a site."""

    @command(takes=Retelling, gives=Retold, refuses=("not_allowed",))
    def retell(self, **fields):
        """Tell people, usergroups, organisations or sites again, for a service that has lost its copies."""
