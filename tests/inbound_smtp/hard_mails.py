"""Mails that are hard to read: nested, of many parts, slow."""

import base64


def nested(depth):
    """Return a mail with parts within parts."""
    lines = ["From: rosa@homes.example", "Subject: nested", "Message-ID: <nested@homes.example>"]
    for level in range(depth):
        lines += [f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]
    return "\r\n".join([*lines, "", "deep", ""]).encode()


def flat(parts):
    """Return a mail with many small parts."""
    head = b"From: rosa@homes.example\r\nSubject: many\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"--b\r\n\r\nx\r\n" * parts + b"--b--\r\n"


def slow(parts):
    """Return a mail of two million line ends a part, which take more than half a second to read."""
    lines = [
        b"From: rosa@homes.example",
        b"Subject: slow %d" % parts,
        b"Message-ID: <slow%d@homes.example>" % parts,
        b"Content-Type: multipart/mixed; boundary=b",
        b"",
    ]
    page = base64.b64encode(b"a" + b"\r" * 2_200_000)
    for _ in range(parts):
        lines += [b"--b", b"Content-Transfer-Encoding: base64", b"", page]
    return b"\r\n".join([*lines, b"--b--", b""])
