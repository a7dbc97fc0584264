"""Refusals that several places give; foreign is absent, so one text serves for both."""

from chassis.errors import NotFound, NotHereYet

#: What identity owns: the fact of a new one may still be under way.
_COPIES = frozenset({"person", "site", "usergroup"})


def absent(thing, field=None):
    """Return the refusal for a thing that is not there, or not the actor's to see or name.

    :param thing: such as `site`; the code becomes `site_not_found`.
    :param field: of the input that named it, where one did.
    """
    context = {"fields": {field: ["Not found."]}} if field else None
    refusal = NotHereYet if thing in _COPIES else NotFound
    return refusal(f"{thing}_not_found", f"There is no such {thing}.", context)


def bad_link():
    """Return the refusal for a link that names nobody."""
    return NotFound("link_not_found", "This link is not valid. Check that it was copied whole.")
