"""The words that notifications' contract is written in."""

#: Mails by what they are about; the wording of each stands in `templates/<kind>.toml`. A `visit` in them is an
#: intervention: rows that are kept, and clients of the in-app list, know the kinds by these names.
MAIL_KINDS = (
    "receipt",
    "message",
    "assigned",
    "visit_planned",
    "visit_moved",
    "visit_cancelled",
    "your_visit_planned",
    "your_visit_moved",
    "your_visit_cancelled",
    "visit_needs_worker",
    "work_started",
    "resolved",
    "incident",
    "work_order",
    "work_order_cancelled",
    "registration",
    "already_registered",
    "invitation",
)
#: Lines of the in-app list by what they are about.
NOTIFICATION_KINDS = (
    "assigned",
    "message",
    "note",
    "visit_planned",
    "visit_moved",
    "visit_cancelled",
    "your_visit_planned",
    "your_visit_moved",
    "your_visit_cancelled",
    "visit_needs_worker",
    "work_started",
    "resolved",
    "incident",
    "work_order",
    "work_order_cancelled",
)
