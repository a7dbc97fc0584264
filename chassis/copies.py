"""Copies of other services' things: one generic way to keep them, for people, sites, usergroups and all."""

from sqlalchemy.dialects.postgresql import insert


def keep_told(work, model, fact, key, *names):
    """Keep what a fact tells of a thing, as `keep` does.

    :param key: name of its id in the fact.
    :param names: what is copied, by the names that both the fact and the copy have for it.
    """
    return keep(work, model, fact.data[key], fact.version, **{name: fact.data[name] for name in names})


def keep(work, model, key, version, **columns):
    """Write a copy unless a newer one is already kept; return whether it was written.

    :param work: the listener's `Work`.
    :param model: mapped class with one primary key column and an integer column `version`.
    :param key: primary key of the copied thing.
    :param version: of the fact; a fact that comes late changes nothing.
    """
    table = model.__table__
    (primary,) = table.primary_key.columns
    values = {primary.name: key, "version": version, **columns}
    statement = insert(table).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=[primary],
        set_={name: statement.excluded[name] for name in values if name != primary.name},
        where=table.c.version < version,
    )
    return work.session.execute(statement).rowcount == 1
