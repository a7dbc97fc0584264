"""Inbound on the bus: mailboxes, webforms, and the sweeps that turn received mails into facts."""

from chassis.bus import answer, every, on
from services.identity.contract import SiteChanged, UsergroupChanged
from services.inbound import actions
from services.inbound.contract import Inbound
from services.inbound.reading import reading_of
from services.tickets.contract import CategoryChanged

#: Mails that have just come wait no longer than this to be read.
SECONDS_BETWEEN_READINGS = 0.2
#: Seconds between two looks at a mail that takes long.
SECONDS_BETWEEN_LOOKS = 0.3
SECONDS_BETWEEN_CLEANINGS = 600


class InboundService:
    """Owns how reports come in; what becomes of them is for tickets to decide."""

    name = "inbound"
    contract = Inbound

    @answer
    def create_mailbox(self, work, actor, **arguments):
        """Open a mailbox."""
        return actions.create_mailbox(work, actor, **arguments)

    @answer
    def list_mailboxes(self, work, actor):
        """Return all mailboxes."""
        return actions.list_mailboxes(work, actor)

    @answer
    def change_mailbox(self, work, actor, **arguments):
        """Change a mailbox."""
        return actions.change_mailbox(work, actor, **arguments)

    @answer
    def create_webform(self, work, actor, **arguments):
        """Open a webform."""
        return actions.create_webform(work, actor, **arguments)

    @answer
    def list_webforms(self, work, actor):
        """Return all webforms."""
        return actions.list_webforms(work, actor)

    @answer
    def change_webform(self, work, actor, **arguments):
        """Change a webform."""
        return actions.change_webform(work, actor, **arguments)

    @answer
    def public_form(self, work, actor, **arguments):
        """Return what is needed to show a form."""
        return actions.public_form(work, **arguments)

    @answer
    def submit_webform(self, work, actor, **arguments):
        """Take a report by webform."""
        return actions.submit_webform(work, **arguments)

    def finish_submit_webform(self, **kept):
        """Make the link under which a report is followed."""
        return actions.followed(**kept, links=self.settings.links, public_url=self.settings.public_url)

    @answer
    def list_inbound_messages(self, work, actor, **arguments):
        """Return a page of received mails."""
        return actions.list_inbound_messages(work, actor, **arguments)

    @answer
    def replay_inbound_message(self, work, actor, **arguments):
        """Have an unreadable mail read again."""
        return actions.replay_inbound_message(work, actor, **arguments)

    @answer
    def retell(self, work, actor, kind, after):
        """Tell everything of a kind again."""
        return actions.retell(work, actor, kind=kind, after_id=after)

    @on(UsergroupChanged)
    def usergroup_changed(self, work, fact):
        """Keep a copy."""
        actions.keep_usergroup(work, fact)

    @on(CategoryChanged)
    def category_changed(self, work, fact):
        """Keep a copy."""
        actions.keep_category(work, fact)

    @on(SiteChanged)
    def site_changed(self, work, fact):
        """Keep a copy."""
        actions.keep_site(work, fact)

    @every(SECONDS_BETWEEN_READINGS)
    def read_messages(self, work):
        """Read what SMTP has kept since the last sweep."""
        reading_of(self.files.root).read_fresh(self.database, self.settings, work.actor)

    @every(SECONDS_BETWEEN_LOOKS)
    def read_slow_messages(self, work):
        """Go on with mails that took too long to read at once."""
        reading_of(self.files.root).look_at_slow(self.database, self.settings, work.actor)

    @every(SECONDS_BETWEEN_CLEANINGS)
    def forget_submissions(self, work):
        """Forget reports that count no more."""
        actions.forget_submissions(work)
