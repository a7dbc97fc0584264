"""What the parser needs of the contract's words, said again: a test holds them equal.

The contract itself would load marshmallow into every child, a quarter of the time in which one starts and mails wait.
"""

LONGEST_SUBJECT = 300
LONGEST_BODY = 100_000
