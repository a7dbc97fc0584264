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
    LinkToken,
    LogIn,
    NewOrganisation,
    NewPerson,
    NewSite,
    NewUsergroup,
    Page,
    PeoplePage,
    PersonChange,
    PersonId,
    Registration,
    Retelling,
    SessionSecret,
    SiteId,
    SitesPage,
    UsergroupChange,
    UsergroupId,
)
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
    FIELD_KINDS,
    LANGUAGES,
    NOT_ANSWERING,
    NOT_SUPERVISING,
    SENT,
    SITE_KINDS,
    may_answer_for_tickets,
    may_be_sent,
    may_supervise,
)

__all__ = [
    "ERROR_CODES",
    "FIELD_KINDS",
    "GrantsChanged",
    "Identity",
    "LANGUAGES",
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

#: Every refusal of identity's own making, by code.
ERROR_CODES = {
    "credentials_wrong": "The e-mail address or the password is not right.",
    "current_password_wrong": "The present password is missing or not right.",
    "cursor_invalid": "The cursor is not one that a list has answered.",
    "email_invalid": "This is not an e-mail address.",
    "email_taken": "A person with this e-mail address exists.",
    "field_value_invalid": "The value of a custom field does not fit its kind.",
    "last_admin": "Somebody must remain who can administer the desk.",
    "link_not_found": "The link was used, is too old, or is not one of ours.",
    "not_allowed": "The caller's roles do not allow this.",
    "organisation_name_taken": "An organisation of this name exists.",
    "organisation_not_found": "No such organisation, or not the caller's to see.",
    "parent_kind_wrong": "A site of this kind cannot stand there in the tree.",
    "password_chosen": "Whoever has a password is not invited any more.",
    "person_closed": "The person's account is closed.",
    "person_not_found": "No such person, or not the caller's to see.",
    "rights_exceeded": "Nobody gives rights, or changes those who have them, beyond their own.",
    "role_unknown": "There is no such role.",
    "session_ended": "The session was ended or is too old.",
    "site_not_found": "No such site, or not the caller's to see.",
    "time_zone_unknown": "The time zone is not in the IANA database, or missing.",
    "too_many_attempts": "Too many wrong passwords; wait a quarter of an hour.",
    "too_many_requests": "Too many accounts were asked for from one network address; wait an hour.",
    "usergroup_name_taken": "A usergroup of this name exists.",
    "usergroup_not_found": "No such usergroup, or not the caller's to see.",
    "version_stale": "The thing was changed since the caller read it.",
}


class Identity(Contract):
    """The methods that identity answers."""

    service = "identity"

    @command(takes=LogIn, gives=SignedIn, anonymous=True, secret=True)
    def log_in(self, **fields):
        """Begin a session; every wrong pair of address and password is refused alike."""

    @command()
    def log_out(self):
        """End the caller's session."""

    @query(takes=SessionSecret, gives=Token, anonymous=True)
    def token_for(self, **fields):
        """Give the signed token that a session's calls travel with."""

    @command(takes=Registration, gives=Registered, anonymous=True)
    def register(self, **fields):
        """Ask for an account; the answer is the same for an address that has one."""

    @query(takes=LinkToken, gives=AskedAccount, anonymous=True)
    def registration_request(self, **fields):
        """Show which account a confirm link would open; looking opens nothing, as mail scanners look too."""

    @command(takes=Confirmation, gives=Registered, anonymous=True)
    def confirm_registration(self, **fields):
        """Open the account that a confirm link was mailed for, with the password chosen there.

        A link works once, for three days.
        """

    @query(gives=Myself)
    def me(self):
        """Show the caller their own person, usergroups and rights."""

    @query(takes=PeoplePage, gives=People)
    def list_people(self, **fields):
        """List people by name."""

    @command(takes=NewPerson, gives=Person)
    def create_person(self, **fields):
        """Make a person; without a password they are mailed an invitation to choose one."""

    @command(takes=PersonId, gives=Person)
    def invite_person(self, **fields):
        """Mail another invitation to a person without a password; the link of the one before opens nothing any more."""

    @query(takes=PersonId, gives=Person)
    def person_by_id(self, **fields):
        """Show one person."""

    @command(takes=PersonChange, gives=Person)
    def change_person(self, **fields):
        """Change a person; a change of rights, password or activity reaches every service at once."""

    @query(gives=Roles)
    def list_roles(self):
        """List the roles with their permissions."""

    @command(takes=NewUsergroup, gives=Usergroup)
    def create_usergroup(self, **fields):
        """Make a usergroup."""

    @query(takes=UsergroupId, gives=Usergroup)
    def usergroup_by_id(self, **fields):
        """Show one usergroup."""

    @query(takes=Page, gives=Usergroups)
    def list_usergroups(self, **fields):
        """List usergroups by name: all to those who may see people, else the caller's own."""

    @command(takes=UsergroupChange, gives=Usergroup)
    def change_usergroup(self, **fields):
        """Change a usergroup; supervisors change members and agents of their own."""

    @command(takes=NewOrganisation, gives=Organisation)
    def create_organisation(self, **fields):
        """Make an organisation."""

    @query(takes=Page, gives=Organisations)
    def list_organisations(self, **fields):
        """List organisations by name."""

    @command(takes=NewSite, gives=Site)
    def create_site(self, **fields):
        """Make a site."""

    @query(takes=SitesPage, gives=Sites)
    def list_sites(self, **fields):
        """List sites by name."""

    @query(takes=SiteId, gives=Site)
    def site_by_id(self, **fields):
        """Show one site."""

    @command(takes=Retelling, gives=Retold)
    def retell(self, **fields):
        """Tell people, usergroups, organisations or sites again, for a service that has lost its copies."""
