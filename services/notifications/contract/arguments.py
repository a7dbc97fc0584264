"""What the methods of notifications take."""

from marshmallow import validate

from chassis.contract import Arguments, fields, line


class NotificationFilter(Arguments):
    """Which page to list."""

    cursor = line(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=25, validate=validate.Range(min=1, max=100))
    unread = fields.Boolean(load_default=False)


class NotificationId(Arguments):
    """Which line has been read."""

    notification_id = fields.UUID(required=True)
