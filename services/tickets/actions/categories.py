"""Categories of tickets."""

from chassis.actors import require_all
from chassis.errors import Conflict
from chassis.ids import new_id
from chassis.versions import change_row, require_version
from services.tickets.contract import CategoryChanged
from services.tickets.models import Category
from services.tickets.refusals import absent

_USERGROUP = "SELECT 1 FROM usergroups WHERE usergroup_id = %(usergroup_id)s AND active"
_ADD = (
    "INSERT INTO categories (id, name, slug, usergroup_id, priority, version, created_at) VALUES"
    " (%(id)s, %(name)s, %(slug)s, %(usergroup_id)s, %(priority)s, 1, %(created_at)s)"
    " ON CONFLICT (slug) DO NOTHING RETURNING id, name, slug, usergroup_id, priority, active, version"
)
_ALL = (
    "SELECT id, name, slug, usergroup_id, priority, active, version FROM categories WHERE active <> %(closed)s"
    " ORDER BY lower(name), id"
)
_AFTER = (
    "SELECT id, name, slug, usergroup_id, active, version FROM categories"
    " WHERE %(after_id)s IS NULL OR id > %(after_id)s ORDER BY id LIMIT %(limit)s"
)


def create_category(work, actor, name, slug, usergroup_id, priority):
    """Make a category; return its row.

    :raises Forbidden: `not_allowed`.
    :raises Conflict: `category_slug_taken`.
    :raises NotFound: `usergroup_not_found`.
    """
    require_all(actor, "categories.write")
    _require_usergroup(work, usergroup_id)
    given = {"name": name.strip(), "slug": slug, "usergroup_id": usergroup_id, "priority": priority}
    category = work.one(_ADD, id=new_id(), created_at=work.now, **given)
    if category is None:
        raise Conflict("category_slug_taken", "Another category has this slug.", {"fields": {"slug": ["Taken."]}})
    tell_category(work, category)
    return category


def change_category(work, actor, category_id, if_version=None, **changes):
    """Change a category; return its row. Its tickets keep what routing gave them.

    :param changes: any of `name`, `usergroup_id`, `priority`, `active`.
    :raises Forbidden: `not_allowed`.
    :raises NotFound: `category_not_found`, `usergroup_not_found`.
    :raises Stale: `version_stale`.
    """
    require_all(actor, "categories.write")
    category = work.session.get(Category, category_id, with_for_update={"key_share": True})
    if category is None:
        raise absent("category")
    require_version(category, if_version)
    _require_usergroup(work, changes.get("usergroup_id"))
    if "name" in changes:
        changes["name"] = changes["name"].strip()
    if change_row(category, changes):
        tell_category(work, category)
    return category


def _require_usergroup(work, usergroup_id):
    if usergroup_id and not work.load(_USERGROUP, usergroup_id=usergroup_id):
        raise absent("usergroup", "usergroup_id")


def tell_category(work, category):
    """Tell a category as it is now.

    :param category: row of it.
    """
    work.tell(
        CategoryChanged,
        version=category.version,
        category_id=category.id,
        name=category.name,
        slug=category.slug,
        usergroup_id=category.usergroup_id,
        active=category.active,
    )


def list_categories(read, closed):
    """Return all categories by name that are active, or all that are closed."""
    return {"items": [row._asdict() for row in read(_ALL, closed=closed)], "next_cursor": None}


def categories_after(work, after_id, limit):
    """Return the categories, closed ones too, that come after an id (`None`: from the first) in the order of ids."""
    return work.load(_AFTER, after_id=after_id, limit=limit)
