"""Who may do what."""

from chassis.actors import ANYONE

PERMISSIONS = {"heard": ANYONE}
