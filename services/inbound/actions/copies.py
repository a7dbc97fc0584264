"""Copies of what other services own, kept to check what mailboxes and forms name."""

from chassis.copies import keep_told
from chassis.errors import NotHereYet
from services.inbound import queries
from services.inbound.models import Category, Site, Usergroup

#: What names something of another service: `{field: kind}`.
_NAMED = {"usergroup_id": "usergroup", "category_id": "category", "site": "site"}


def keep_usergroup(work, fact):
    """Keep identity's usergroup."""
    keep_told(work, Usergroup, fact, "usergroup_id", "active")


def keep_category(work, fact):
    """Keep a category of the tickets."""
    keep_told(work, Category, fact, "category_id", "active")


def keep_site(work, fact):
    """Keep identity's site."""
    keep_told(work, Site, fact, "site_id", "active")


def check_known(work, given):
    """Check that everything exists and is active that is named by the fields of others' things.

    :param given: `{field: value}`.
    :raises NotHereYet: `usergroup_not_found`, `category_not_found` or `site_not_found`, naming each field.
    """
    absent = {
        field: kind
        for field, kind in _NAMED.items()
        if given.get(field) is not None and work.one(queries.KNOWN[kind], id=given[field]) is None
    }
    if absent:
        fields = {field: [f"There is no such {kind}."] for field, kind in absent.items()}
        first = next(iter(absent.values()))
        raise NotHereYet(f"{first}_not_found", "Something named here does not exist.", {"fields": fields})
