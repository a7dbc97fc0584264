"""Copies of what other services own; a fact that comes late changes nothing."""

from chassis.copies import keep
from services.dispatch.models import Category, Mailbox, Person, ServiceType, Site, Usergroup


def keep_person(work, fact):
    """Keep who somebody is now."""
    person = fact.data
    keep(
        work,
        Person,
        person["person_id"],
        fact.version,
        name=person["name"],
        roles=person["roles"],
        organisation_id=person["organisation_id"],
        active=person["active"],
    )


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
    site = fact.data
    keep(
        work,
        Site,
        site["site_id"],
        fact.version,
        organisation_id=site["organisation_id"],
        usergroup_id=site["usergroup_id"],
        path=site["path"],
        active=site["active"],
    )


def keep_category(work, fact):
    """Keep which usergroup a category's tickets go to now."""
    category = fact.data
    keep(
        work,
        Category,
        category["category_id"],
        fact.version,
        usergroup_id=category["usergroup_id"],
        active=category["active"],
    )


def keep_mailbox(work, fact):
    """Keep that a mailbox is there."""
    keep(work, Mailbox, fact.data["mailbox_id"], fact.version, active=fact.data["active"])


def keep_service_type(work, fact):
    """Keep that a service type is there."""
    keep(work, ServiceType, fact.data["service_type_id"], fact.version)
