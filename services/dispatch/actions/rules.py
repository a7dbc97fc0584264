"""Routing rules: what masterdata administrators set."""

from sqlalchemy import func, select

from chassis.actors import require_all
from chassis.errors import Invalid, NotFound
from chassis.ids import new_id
from chassis.versions import change_row, require_version
from services.dispatch import queries
from services.dispatch.actions.names import require_known
from services.dispatch.domain.routing import folded, making_room
from services.dispatch.models import Category, Mailbox, RoutingRule, Site, Usergroup

NAMED_IN_CONDITIONS = {"category": Category, "site": Site, "mailbox": Mailbox}
NAMED_IN_RESULT = {"usergroup_id": Usergroup, "category_id": Category}


def create_routing_rule(work, actor, name, position, conditions, then):
    """Add a rule, before the one that has its position; without a position it is tried last.

    :raises Forbidden: `not_allowed`.
    :raises NotFound: `category_not_found`, `mailbox_not_found`, `site_not_found`, `usergroup_not_found`.
    :raises Invalid: `words_invalid`.
    """
    require_all(actor, "routing.write")
    _require_sound(work, conditions, then)
    queries.lock_rule_order(work)
    rule_id = new_id()
    if position is None:
        position = (work.session.scalar(select(func.max(RoutingRule.position))) or 0) + 1
    _make_room(work, position, besides=rule_id)
    rule = RoutingRule(
        id=rule_id,
        name=name,
        position=position,
        conditions=_given(conditions),
        then=_given(then),
        active=True,
        version=1,
    )
    work.session.add(rule)
    return rule


def list_routing_rules(work, actor, cursor, limit):
    """Return a page of the rules in the order in which they are tried.

    :raises Forbidden: `not_allowed`.
    :raises Invalid: `cursor_invalid`.
    """
    require_all(actor, "routing.write")
    return queries.routing_rules(work, cursor, limit)


def change_routing_rule(work, actor, routing_rule_id, if_version, **changes):
    """Change what is given of a rule; it goes before the one that has its new position.

    :raises Forbidden: `not_allowed`.
    :raises NotFound: `routing_rule_not_found`, and of what is named as `create_routing_rule`.
    :raises Stale: `version_stale`.
    :raises Invalid: `words_invalid`.
    """
    require_all(actor, "routing.write")
    _require_sound(work, changes.get("conditions", {}), changes.get("then", {}))
    if "position" in changes:
        queries.lock_rule_order(work)
    rule = work.session.get(RoutingRule, routing_rule_id, with_for_update=True)
    if rule is None:
        raise NotFound("routing_rule_not_found", "There is no such routing rule.")
    for part in changes.keys() & {"conditions", "then"}:
        changes[part] = _given(changes[part])
    require_version(rule, if_version)
    if "position" in changes:
        _make_room(work, changes["position"], besides=rule.id)
    change_row(rule, changes)
    return rule


def _make_room(work, position, besides):
    behind = queries.routing_rules_from(work, position, besides)
    moved = making_room(position, [(rule.id, rule.position) for rule in behind])
    for rule in behind[: len(moved)]:
        change_row(rule, {"position": moved[rule.id]})


def _require_sound(work, conditions, then):
    wordless = [word for word in conditions.get("words", ()) if folded(word) == " "]
    if wordless:
        problem = {"fields": {"conditions": {"words": ["Each needs a letter or a digit."]}}}
        raise Invalid("words_invalid", "A word to look for needs a letter or a digit.", problem)
    for part, named, models in (
        ("conditions", conditions, NAMED_IN_CONDITIONS),
        ("then", then, NAMED_IN_RESULT),
    ):
        for field, model in models.items():
            require_known(work, model, named.get(field), f"{part}.{field}")


def _given(values):
    """Return what was given of conditions or a result, ids as texts."""
    return {
        name: value if isinstance(value, list) else str(value)
        for name, value in values.items()
        if value not in (None, [])
    }
