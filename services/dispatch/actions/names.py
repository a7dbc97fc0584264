"""Things of other services that a command names: they must be known here, and in use."""

from chassis.errors import NotHereYet
from services.dispatch.models import Category, Mailbox, Person, ServiceType, Site, Usergroup

_THINGS = {
    Category: "category", Mailbox: "mailbox", Person: "person", ServiceType: "service_type", Site: "site",
    Usergroup: "usergroup",
}  # fmt: skip


def require_known(work, model, key, field):
    """Refuse a thing that has not been heard of, or is no longer in use.

    :param model: mapped class of the copies.
    :param key: id, or `None` where nothing is named.
    :param field: path of the argument, such as `then.usergroup_id`.
    :raises NotHereYet: `category_not_found` and so on.
    """
    if key is None:
        return
    copy = work.session.get(model, key)
    if copy is None or not getattr(copy, "active", True):
        raise absent(model, field)


def absent(model, field):
    """Return the refusal of a thing that is named in an argument and does not exist."""
    problem = ["Names nothing that exists and is in use."]
    for name in reversed(field.split(".")):
        problem = {name: problem}
    return NotHereYet(f"{_THINGS[model]}_not_found", f"What `{field}` names does not exist.", {"fields": problem})
