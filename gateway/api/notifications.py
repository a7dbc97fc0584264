"""The caller's own notifications."""

from gateway.routes import Route, blueprint
from services.notifications.contract import Notifications

notifications = blueprint(
    "notifications",
    "The caller's own notifications.",
    [
        Route("GET", "/notifications", Notifications, "list_notifications"),
        Route("POST", "/notifications/<uuid:notification_id>/reading", Notifications, "mark_read"),
    ],
)
