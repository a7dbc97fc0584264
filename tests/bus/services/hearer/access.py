"""Who may do what."""

from chassis.actors import ANYONE

PERMISSIONS = dict.fromkeys(("heard", "touch", "look_at"), ANYONE)
