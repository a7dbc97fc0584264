"""Copies of identity's people, sites and usergroups; a fact that comes late changes nothing."""

from chassis.copies import keep_told
from services.fieldwork.models import Person, Site, Usergroup


def keep_person(work, fact):
    """Keep what somebody is called now."""
    keep_told(work, Person, fact, "person_id", "name")


def keep_site(work, fact):
    """Keep where a site lies and whose it is now."""
    keep_told(work, Site, fact, "site_id", "name", "organisation_id", "path", "address", "position")


def keep_usergroup(work, fact):
    """Keep what a usergroup is called now."""
    keep_told(work, Usergroup, fact, "usergroup_id", "name")
