"""The words that fieldwork's contract is written in."""

CLOCK_EVENTS = ("start", "end")
MOMENTS = ("start", "end", "both")
CLOCK_INS = ("none", *MOMENTS)
STATUSES = ("planned", "started", "completed", "validated", "cancelled")
ROUNDINGS = ("none", "down", "nearest", "up")
LANGUAGES = ("de", "en", "es", "fr")
#: What `retell` takes; the facts that each tells again.
RETOLD_KINDS = ("service_types",)
