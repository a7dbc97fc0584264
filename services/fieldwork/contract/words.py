"""The words that fieldwork's contract is written in."""

CLOCK_EVENTS = ("start", "end")
METHODS = ("manual",)
#: What a reader should know of the time that a device recorded.
DEVICE_FLAGS = ("clock_skew", "arrived_late")
CLOCK_IN_FLAGS = (*DEVICE_FLAGS, "early", "late", "without_start", "far", "entered_by_operator", "overtaken")
MOMENTS = ("start", "end", "both")
CLOCK_INS = ("none", *MOMENTS)
STATUSES = ("planned", "started", "completed", "validated", "cancelled")
ROUNDINGS = ("none", "down", "nearest", "up")
#: What `retell` takes; the facts that each tells again.
RETOLD_KINDS = ("service_types",)
