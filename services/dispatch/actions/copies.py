"""Copies of what other services own; a fact that comes late changes nothing."""

from chassis.copies import keep, keep_told
from services.dispatch.models import Category, Mailbox, Person, ServiceType, Site, Usergroup


def keep_person(work, fact):
    """Keep who somebody is now."""
    keep_told(work, Person, fact, "person_id", "name", "roles", "organisation_id", "active")


def keep_usergroup(work, fact):
    """Keep who serves a usergroup now: nobody, once it is closed."""
    usergroup = fact.data
    keep(
        work,
        Usergroup,
        usergroup["usergroup_id"],
        fact.version,
        name=usergroup["name"],
        agents=usergroup["agents"] if usergroup["active"] else [],
        default_category_id=usergroup["default_category_id"],
        active=usergroup["active"],
    )


def keep_site(work, fact):
    """Keep where a site lies and who serves it now."""
    keep_told(work, Site, fact, "site_id", "organisation_id", "usergroup_id", "path", "active")


def keep_category(work, fact):
    """Keep which usergroup a category's tickets go to now."""
    keep_told(work, Category, fact, "category_id", "usergroup_id", "active")


def keep_mailbox(work, fact):
    """Keep that a mailbox is there."""
    keep_told(work, Mailbox, fact, "mailbox_id", "active")


def keep_service_type(work, fact):
    """Keep that a service type is there."""
    keep_told(work, ServiceType, fact, "service_type_id")
