"""Which rule applies to a report, and what the ticket gets from it, its intake, its category and its site.

A rule beats the mailbox or webform, which beats the category's usergroup, which beats the site's; none of
them overrides what a person chose.
"""

import unicodedata
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class Report:
    """What is known of a ticket at its opening.

    :param usergroup: chosen by a person, else `None`.
    :param category: chosen by a person, else `None`.
    :param priority_chosen: whether a person set the priority.
    :param site_path: the site with all that it lies in; empty without a site.
    :param intake: `mailbox` or `webform` where it came that way, else `None`.
    :param suggested_usergroup: of its mailbox or webform.
    :param suggested_category: of its mailbox or webform.
    """

    subject: str
    description: str
    channel: str
    priority: str
    language: str | None = None
    usergroup: UUID | None = None
    category: UUID | None = None
    priority_chosen: bool = False
    site_path: frozenset = frozenset()
    mailbox: UUID | None = None
    intake: str | None = None
    suggested_usergroup: UUID | None = None
    suggested_category: UUID | None = None


@dataclass(frozen=True)
class Rule:
    """A routing rule.

    :param conditions: by name as in the contract; what is absent, `None` or empty holds always.
    :param result: `usergroup_id`, `category_id`, `priority`, each may lack.
    """

    id: UUID
    version: int
    name: str
    conditions: dict
    result: dict


@dataclass(frozen=True)
class Defaults:
    """What a ticket gets where no rule says otherwise.

    :param usable: usergroups that are active; no other is given.
    :param closed: categories that are; only what a person chose stays.
    :param of_category: `{category: usergroup}`.
    :param of_site: usergroup of the site, or of the nearest place above that has one.
    :param categories: `{usergroup: its default category}`, where that is not closed.
    """

    usable: frozenset = frozenset()
    closed: frozenset = frozenset()
    of_category: dict = field(default_factory=dict)
    of_site: UUID | None = None
    categories: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a ticket should have, and why; `rule` is the one that matched."""

    usergroup: UUID | None
    category: UUID | None
    priority: str
    rule: Rule | None
    reason: str


def first_rule(rules, report):
    """Return the first rule whose conditions all hold, or `None`.

    :param rules: in the order in which they are tried.
    """
    words = folded(f"{report.subject}\n{report.description}")
    return next((rule for rule in rules if _applies(rule.conditions, report, words)), None)


def outcome(report, rule, defaults):
    """Return the `Outcome` for a report.

    :param rule: what `first_rule` gave.
    """
    result = rule.result if rule else {}
    category = report.category or _offered_category(report, result, defaults)
    usergroup, reason = _usergroup(report, result, category, defaults)
    if usergroup is None and rule:
        reason = "rule"
    priority = report.priority if report.priority_chosen else result.get("priority") or report.priority
    return Outcome(usergroup, category or defaults.categories.get(usergroup), priority, rule, reason)


def _offered_category(report, result, defaults):
    offers = (result.get("category_id"), report.suggested_category)
    return next((offer for offer in offers if offer and offer not in defaults.closed), None)


def _usergroup(report, result, category, defaults):
    if report.usergroup:
        return report.usergroup, "chosen"
    offers = (
        (result.get("usergroup_id"), "rule"),
        (report.suggested_usergroup, report.intake),
        (defaults.of_category.get(category), "category"),
        (defaults.of_site, "site"),
    )
    usable = (offer for offer in offers if offer[0] in defaults.usable)
    return next(usable, (None, "none"))


def _applies(conditions, report, words):
    return all(_HOLDS[name](wanted, report, words) for name, wanted in conditions.items() if wanted not in (None, []))


_HOLDS = {
    "category": lambda wanted, report, words: wanted == (report.category or report.suggested_category),
    "site": lambda wanted, report, words: wanted in report.site_path,
    "mailbox": lambda wanted, report, words: wanted == report.mailbox,
    "channel": lambda wanted, report, words: wanted == report.channel,
    "language": lambda wanted, report, words: wanted.casefold() == (report.language or "").casefold(),
    "priority": lambda wanted, report, words: wanted == report.priority,
    "words": lambda wanted, report, words: any(folded(word) in words for word in wanted),
}


#: Those that Unicode takes for letters of their own; half of the keyboards have only what they stand for.
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


def folded(text):
    """Return a text as its words only, without case, accents, ligatures and punctuation, each between single spaces.

    A word or phrase occurs in a text where its folded form occurs in the text's; what holds no word folds to
    one space.
    """
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return f" {' '.join(words)} " if words else " "


def making_room(position, others):
    """Return `{id: new position}` of the rules that move on so that another one may have a position.

    :param others: `(id, position)` of the rules from that position on, in their order.
    """
    moved, free = {}, position + 1
    for id_, taken in others:
        if taken >= free:
            break
        moved[id_] = free
        free += 1
    return moved
