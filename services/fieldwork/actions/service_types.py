"""Kinds of work and the reasons that their incidents may have."""

from chassis.actors import require_all
from chassis.errors import NotFound
from chassis.ids import new_id
from services.fieldwork import answers
from services.fieldwork.contract import ServiceTypeChanged
from services.fieldwork.models import IncidentReason, ServiceType


def create_service_type(work, actor, **settings):
    """Add a kind of work and tell it.

    :param settings: what the contract's `NewServiceType` takes.
    :raises Forbidden: `not_allowed`.
    """
    require_all(actor, "service_types.write")
    service_type = ServiceType(id=new_id(), is_default=False, version=1, **settings)
    work.session.add(service_type)
    tell_service_type(work, service_type)
    return answers.of_service_type(service_type)


def tell_service_type(work, service_type):
    """Tell a kind of work as it is now."""
    work.tell(
        ServiceTypeChanged,
        version=service_type.version,
        service_type_id=service_type.id,
        name=service_type.name,
        validation=service_type.validation,
    )


def create_incident_reason(work, actor, service_type_id, name, names, at):
    """Add a reason, for one service type or for all.

    :param names: `{language: name}`, where the name differs.
    :raises Forbidden: `not_allowed`.
    :raises NotFound: `service_type_not_found`.
    """
    require_all(actor, "service_types.write")
    if service_type_id is not None and work.session.get(ServiceType, service_type_id) is None:
        fields = {"fields": {"service_type_id": ["There is no such service type."]}}
        raise NotFound("service_type_not_found", "There is no such service type.", fields)
    reason = IncidentReason(id=new_id(), service_type_id=service_type_id, name=name, names=names, at=at)
    work.session.add(reason)
    return answers.of_reason(reason, actor.language)
