"""Who may do what; `forgotten` is left out on purpose."""

from chassis.actors import ANYONE

PERMISSIONS = {
    "whoami": ANYONE,
    "reserved": "things.reserve",
    "end_process": ANYONE,
    "end_process_secretly": ANYONE,
    "count": ANYONE,
    "say": ANYONE,
    "rename": ANYONE,
    "mumble": ANYONE,
}
