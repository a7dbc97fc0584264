"""The facts that notifications tells."""

from chassis.contract import NULLABLE, OPTIONAL, Event, fields, instant, one_of, text
from services.notifications.contract.words import MAIL_KINDS


class ReceiptSent(Event, source="notifications"):
    """The receipt of a ticket that came by mail or webform has left."""

    ticket_id = fields.UUID(required=True)
    participant_id = fields.UUID(required=True)
    delivery_id = fields.UUID(required=True)
    sent_at = instant(required=True)


class DeliverySent(Event, source="notifications"):
    """A mail other than a receipt has left."""

    delivery_id = fields.UUID(required=True)
    ticket_id = fields.UUID(**NULLABLE)
    participant_id = fields.UUID(**NULLABLE)
    person_id = fields.UUID(**OPTIONAL)
    kind = one_of(*MAIL_KINDS, required=True)
    sent_at = instant(required=True)


class DeliveryFailed(Event, source="notifications"):
    """A mail will not be tried again: it was refused for good, or too often put off."""

    delivery_id = fields.UUID(required=True)
    ticket_id = fields.UUID(**NULLABLE)
    participant_id = fields.UUID(**NULLABLE)
    person_id = fields.UUID(**OPTIONAL)
    kind = one_of(*MAIL_KINDS, required=True)
    error = text(longest=500, required=True)
    failed_at = instant(required=True)
