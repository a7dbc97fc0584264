"""What the names of roles, as `PersonChanged` tells them, say about tickets."""

#: Roles with which nobody answers for tickets: they read their own, or none. Copies of roles, which
#: administrators make, are not among them.
NOT_ANSWERING = frozenset({"requester", "worker", "app_admin", "masterdata_admin"})


def may_answer_for_tickets(roles):
    """Whether somebody with these roles can be, or stay, the assignee of tickets.

    Who actually sees a ticket is decided by scopes, which only tokens carry; this is for what happens without
    the person: assigning, and telling them.

    :param roles: names.
    """
    return not NOT_ANSWERING.issuperset(roles)
