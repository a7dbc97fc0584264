"""Opening and changing webforms."""

from sqlalchemy.exc import IntegrityError

from chassis.actors import require_all
from chassis.database import constraint_of
from chassis.errors import Conflict, Invalid
from chassis.ids import new_id
from chassis.versions import change_row, require_version
from services.inbound import queries
from services.inbound.access import webform_for
from services.inbound.actions.copies import check_known
from services.inbound.contract import WebformChanged
from services.inbound.models import Webform

#: What a form asks for beside subject and description unless it says otherwise.
USUAL_FIELDS = [{"name": "name", "required": False}, {"name": "email", "required": False}]


def create_webform(work, actor, *, slug, name, language, usergroup_id, category_id, fields):
    """Open a webform; return it.

    :param fields: `[{"name", "required"}]`, none for `USUAL_FIELDS`.
    :raises Forbidden: `not_allowed`.
    :raises NotFound: `usergroup_not_found`, `category_not_found`.
    :raises Invalid: `input_invalid`: a field twice.
    :raises Conflict: `webform_slug_taken`.
    """
    require_all(actor, "webforms.write")
    fields = USUAL_FIELDS if fields is None else fields
    if len({field["name"] for field in fields}) < len(fields):
        raise Invalid("input_invalid", "A field stands twice.", {"fields": {"fields": ["A field stands twice."]}})
    check_known(work, {"usergroup_id": usergroup_id, "category_id": category_id})
    webform = Webform(
        id=new_id(),
        slug=slug,
        name=name,
        language=language,
        usergroup_id=usergroup_id,
        category_id=category_id,
        fields=fields,
        active=True,
        version=1,
        created_at=work.now,
    )
    _insert(work, webform)
    _tell(work, webform)
    return webform


def change_webform(work, actor, *, webform_id, if_version=None, **changes):
    """Change a webform; return it. The slug stays: it is printed on notices.

    :param changes: of `name`, `language`, `usergroup_id`, `category_id`, `active`.
    :param if_version: the version that the caller has read, or `None` for whichever.
    :raises Forbidden: `not_allowed`.
    :raises NotFound: `webform_not_found`, `usergroup_not_found`, `category_not_found`.
    :raises Stale: `version_stale`.
    """
    webform = webform_for(work, actor, webform_id)
    check_known(work, changes)
    require_version(webform, if_version)
    if change_row(webform, changes):
        _tell(work, webform)
    return webform


def list_webforms(work, actor):
    """Return all webforms.

    :raises Forbidden: `not_allowed`.
    """
    require_all(actor, "webforms.write")
    return {"items": work.load(queries.WEBFORMS), "next_cursor": None}


def _insert(work, webform):
    work.session.add(webform)
    try:
        work.session.flush()
    except IntegrityError as error:
        if constraint_of(error) != "uq_webforms_slug":
            raise
        raise Conflict("webform_slug_taken", "There is a webform with this slug.") from error


def _tell(work, webform):
    work.tell(
        WebformChanged,
        version=webform.version,
        webform_id=webform.id,
        slug=webform.slug,
        name=webform.name,
        usergroup_id=webform.usergroup_id,
        category_id=webform.category_id,
        language=webform.language,
        active=webform.active,
    )
