"""Copies of identity's people, sites and usergroups; a fact that comes late changes nothing."""

from chassis.copies import keep
from services.fieldwork.models import Person, Site, Usergroup

#: What is copied of a site.
SITE = ("name", "organisation_id", "path", "address", "position")


def keep_person(work, fact):
    """Keep what somebody is called now."""
    keep(work, Person, fact.data["person_id"], fact.version, name=fact.data["name"])


def keep_site(work, fact):
    """Keep where a site lies and whose it is now."""
    columns = {name: fact.data[name] for name in SITE}
    keep(work, Site, fact.data["site_id"], fact.version, **columns)


def keep_usergroup(work, fact):
    """Keep what a usergroup is called now."""
    keep(work, Usergroup, fact.data["usergroup_id"], fact.version, name=fact.data["name"])
