"""Two hundred names of files that somebody might believe."""

_STEPS = [
    "../", "..\\", "..%2f", "%2e%2e/", "..%c0%af", "..\u2215", "..\uff0f", "..\\/", ".../...//", "/./../",
]  # fmt: skip
_TARGETS = ["etc/passwd", "outside.txt", "incoming/x", "app/secrets.env", "gateway/wsgi.py"]
_ABSOLUTE = [
    "/etc/passwd", "\\\\host\\share\\a", "C:\\boot.ini", "file:///etc/passwd", "//host/a", "~/a", "~root/a",
    "\\a", "C:a",
]  # fmt: skip
_RESERVED = [
    "CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "con.txt", "nul.tar.gz", "CONIN$", "$MFT", "desktop.ini",
    "Thumbs.db",
]  # fmt: skip
_SERVERS = [
    ".htaccess", ".htpasswd", "web.config", ".user.ini", "index.php", "shell.phtml", "a.php.jpg", "a.jsp;.png",
    ".git/config",
]  # fmt: skip
#: Zero width, reversed, full width, combining: what looks like one name and is another (CVE-2026-28289).
_UNSEEN = [
    "\u200b", "\u200d", "\u2060", "\ufeff", "\u202e", "\u2066", "\u00ad", "\u180e", "\u034f", "\ufe0f",
]  # fmt: skip
_FOLDED = [
    ".\uff48taccess", "\uff0e\uff0e/a", "\u2024\u2024/a", "\ufe52\ufe52\\a", "a\uff0ephp", "\u2025/a",
    "\uff3c\uff3ca", "\u212a.php",
]  # fmt: skip
_BREAKS = ["\x00", "\r\n", "\n", "\r", "\t", "\x0b", "\x1b[2J", "\x7f", "\x85", "\u2028"]
_MARKS = [
    '"', "'", ";", "<svg onload=alert(1)>", "$(id)", "`id`", "|id", "&", "%00", "%0d%0aX: 1", "{{7*7}}", "*",
    "?", ":", "${x}",
]  # fmt: skip
_LONG = [
    "a" * 300, "a" * 300 + ".png", "\U0001f600" * 200, "." * 300, " " * 300, "é" * 256 + ".tar.gz", "-rf", "--",
    ".", "..", "...", " ", "", " . ",
]  # fmt: skip

NAMES = [
    *(step * depth + target for step in _STEPS for depth in (1, 8) for target in _TARGETS),
    *_ABSOLUTE,
    *_RESERVED,
    *_SERVERS,
    *(f".ht{mark}access" for mark in _UNSEEN),
    *(f"{mark}../a.php{mark}" for mark in _UNSEEN),
    *_FOLDED,
    *(f"a.php{mark}.png" for mark in _BREAKS),
    *(f"a{mark}X-Evil: 1{mark}{mark}<script>" for mark in _BREAKS),
    *(f"a{mark}b.png" for mark in _MARKS),
    *_LONG,
]
