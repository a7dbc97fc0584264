"""Who may ask: whoever may read tickets."""

PERMISSIONS = {"nothing": "tickets.read"}
