"""Who may: a test's own token decides."""

from chassis.actors import ANYONE

PERMISSIONS = {"end_rights": ANYONE, "signed_in": ANYONE}
