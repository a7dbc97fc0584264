"""The gateway's routes with the methods that they ask, read from the application, so that none is forgotten."""

import re
from dataclasses import dataclass

from chassis.contract import Method
from tests.contracts.house import SERVICES, methods_of

#: Blueprints whose name is not their service's.
_SERVICE_OF = {"directory": "identity", "session": "identity", "attachments": "tickets"}
_METHOD_OF = {
    "sign_in": "log_in",
    "sign_out": "log_out",
    "upload": "keep_attachment",
    "download": "attachment_by_id",
}


@dataclass(frozen=True)
class Way:
    """A route that asks a method of a service.

    :param path: below `/api/v1`, with its arguments.
    :param hidden: names that the body does not take, because they stand in the path or in a header.
    """

    verb: str
    path: str
    service: str
    method: Method
    hidden: frozenset

    def __str__(self):
        return f"{self.verb} {self.path}"

    @property
    def in_path(self):
        """Return the names of the arguments in the path."""
        return re.findall(r"<(?:uuid:)?(\w+)>", self.path)

    @property
    def takes(self):
        """Return the schema, as an instance, of what is taken in body or query."""
        return self.method.takes(exclude=sorted(self.hidden & self.method.takes._declared_fields.keys()))

    def path_to(self, value):
        """Return the path with a value for each of its arguments."""
        return re.sub(r"<[^>]+>", str(value), self.path)


def ways_of(app):
    """Return all routes below `/api/v1` that ask a service, in the order of their paths."""
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=str):
        blueprint, _, view = rule.endpoint.rpartition(".")
        name = _METHOD_OF.get(view, re.sub("_(get|post|patch|delete)$", "", view))
        service = _service_of(blueprint, name)
        if service:
            (verb,) = rule.methods - {"HEAD", "OPTIONS"}
            method = methods_of(service)[name]
            hidden = frozenset(rule.arguments) | {"origin", "if_version"}
            found.append(Way(verb, rule.rule.removeprefix("/api/v1"), service, method, hidden))
    return found


def _service_of(blueprint, name):
    if blueprint == "public":
        (service,) = (service for service in SERVICES if name in methods_of(service))
        return service
    service = _SERVICE_OF.get(blueprint, blueprint)
    return service if service in SERVICES and name in methods_of(service) else None
