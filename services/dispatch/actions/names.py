"""Things of other services that a command names: they must be known here, and in use."""

from chassis.errors import Invalid
from services.dispatch.arrivals import arrived


def require_known(work, model, key, field):
    """Refuse a thing that has not been heard of, or is no longer in use; one of this moment is waited for.

    :param model: mapped class of the copies.
    :param key: id, or `None` where nothing is named.
    :param field: path of the argument, such as `then.usergroup_id`.
    :raises Invalid: `thing_unknown`.
    """
    if key is None:
        return
    copy = arrived(lambda: work.session.get(model, key))
    if copy is None or not getattr(copy, "active", True):
        raise unknown(field)


def unknown(field):
    """Return the refusal of a thing that is named in an argument and does not exist."""
    problem = ["Names nothing that exists and is in use."]
    for name in reversed(field.split(".")):
        problem = {name: problem}
    return Invalid("thing_unknown", f"What `{field}` names does not exist.", {"fields": problem})
