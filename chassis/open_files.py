"""How many connections a process can hold, each of which is an open file to the system."""

import resource


def room_for(connections):
    """Make room for connections, and for as many other files as there are of them.

    :param connections: at once, at the most.
    :returns: for how many there is room: fewer where the system does not let this process open so many files.
    """
    allowed, ceiling = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * connections
    if allowed == resource.RLIM_INFINITY or allowed >= wanted:
        return connections
    allowed = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, ceiling))
    return allowed // 2
