"""What turns the direction of text."""

#: All characters of Unicode that turn the direction of what follows (UAX 9, table 4).
MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
