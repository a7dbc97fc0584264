"""Use cases of notifications."""

from services.notifications.actions.conversations import (
    announce_assignment,
    announce_note,
    announce_status,
    ask_for_satisfaction,
    pass_on_message,
)
from services.notifications.actions.copies import (
    change_participants,
    change_usergroup,
    keep_mailbox,
    keep_person,
    keep_site,
)
from services.notifications.actions.deliveries import write_invitation, write_registration
from services.notifications.actions.in_app import list_notifications, mark_read
from services.notifications.actions.interventions import announce_intervention, call_off_intervention
from services.notifications.actions.openings import open_correspondence
from services.notifications.actions.sending import send_waiting
from services.notifications.actions.work_orders import announce_work_order, call_off_work_order

__all__ = [
    "announce_assignment",
    "announce_intervention",
    "announce_note",
    "announce_status",
    "announce_work_order",
    "ask_for_satisfaction",
    "call_off_intervention",
    "call_off_work_order",
    "change_participants",
    "change_usergroup",
    "keep_mailbox",
    "keep_person",
    "keep_site",
    "list_notifications",
    "mark_read",
    "open_correspondence",
    "pass_on_message",
    "send_waiting",
    "write_invitation",
    "write_registration",
]
