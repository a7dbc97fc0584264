"""Every refusal of fieldwork's own making: its kind, its code, and what it means."""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable

ERRORS = {
    Forbidden: {
        "not_allowed": "The caller's roles do not allow this here.",
        "not_your_intervention": "Only the workers of an intervention are clocked in there.",
        "own_work": "Work is validated by somebody else than those who did it.",
    },
    NotFound: {
        "attachment_not_found": "No such file, not the caller's to see, or not waiting to be used any more.",
        "incident_reason_not_found": "No such reason.",
        "intervention_not_found": "No such intervention, or not the caller's to see.",
        "service_type_not_found": "No such service type.",
        "upload_not_found": "The file was not received, or has waited too long.",
    },
    Conflict: {
        "clock_in_doubled": "This start or end is recorded already.",
        "clock_in_missing": "A clock-in must come first.",
        "clock_in_not_asked": "This kind of work does not ask for that clock-in.",
        "clock_in_too_early": "The planned start has not come yet.",
        "clock_in_too_late": "The allowed delay is over; an operator can enter it.",
        "clock_order": "The end would be before the start.",
        "clock_out_missing": "A worker has not clocked out yet.",
        "id_taken": "The id belongs to another clock-in or incident.",
        "incident_window_closed": "Incidents are taken around the planned time only.",
        "incidents_off": "This kind of work takes no incidents.",
        "intervention_cancelled": "The intervention was cancelled.",
        "intervention_completed": "The work is completed already.",
        "intervention_not_completed": "The work is not completed yet.",
        "intervention_validated": "The work is validated already.",
        "uploads_full": "Too many of the caller's files wait to be used.",
        "validation_not_needed": "This kind of work is not validated.",
    },
    Invalid: {
        "cursor_invalid": "The cursor is not one that a list has answered.",
        "reason_refused": "The reason is not offered for this kind of work and moment.",
        "time_refused": "The device's time is too far ahead, or too long ago; or an operator's entry cannot be meant.",
    },
    Unavailable: {
        "storage_full": "There is no room for files at the moment.",
    },
}
