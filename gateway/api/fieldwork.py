"""Interventions as they are carried out: clock-ins, incidents, completion, validation."""

from gateway.routes import Route, blueprint
from services.fieldwork.contract import Fieldwork

fieldwork = blueprint(
    "fieldwork",
    "Interventions as they are carried out: clock-ins, incidents, completion, validation.",
    [
        Route("GET", "/service-types", Fieldwork, "list_service_types"),
        Route("POST", "/service-types", Fieldwork, "create_service_type", 201),
        Route("POST", "/service-types/copies", Fieldwork, "retell", 202),
        Route("GET", "/incident-reasons", Fieldwork, "list_incident_reasons"),
        Route("POST", "/incident-reasons", Fieldwork, "create_incident_reason", 201),
        Route("GET", "/interventions", Fieldwork, "list_interventions"),
        Route("GET", "/interventions/<uuid:intervention_id>", Fieldwork, "intervention_by_id"),
        Route("POST", "/interventions/<uuid:intervention_id>/completion", Fieldwork, "complete_intervention"),
        Route("POST", "/interventions/<uuid:intervention_id>/validation", Fieldwork, "validate_intervention"),
        Route("POST", "/clock-ins", Fieldwork, "clock_in", 201),
        Route("POST", "/incidents", Fieldwork, "declare_incident", 201),
    ],
)
