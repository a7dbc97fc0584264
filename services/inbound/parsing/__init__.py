"""Reading mails: from raw bytes to what a ticket needs. Pure but for `__main__`, the jail in which it runs.

Mails are hostile: Python's own header parser recurses into parentheses and its MIME parser into parts, so the
structure is parsed without looking into headers, and the few headers wanted are read by own linear code.
"""
