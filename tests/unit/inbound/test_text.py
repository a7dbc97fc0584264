"""Bytes and broken headers into clean text."""

import pytest

from services.inbound.parsing.text import clean_line, clean_text, decoded, header_text


@pytest.mark.parametrize(
    ("raw", "charset", "text"),
    [
        ("été".encode(), "utf-8", "été"),
        ("été".encode("latin-1"), "iso-8859-1", "été"),
        ("été".encode("latin-1"), None, "été"),
        ("été".encode("latin-1"), "utf-8", "été"),
        ("été".encode(), "x-unknown", "été"),
        ("été".encode(), "us-ascii", "été"),
        (b"\x80 5", None, "€ 5"),
        ("日本".encode("iso-2022-jp"), "ISO-2022-JP", "日本"),
        ("l’eau, 100 €…".encode("cp1252"), "iso-8859-1", "l’eau, 100 €…"),
        ("朱镕基".encode("gbk"), "gb2312", "朱镕基"),
        ("①髙橋".encode("cp932"), "shift_jis", "①髙橋"),
        ("ﾀﾝｸ".encode("iso2022_jp_ext"), "iso-2022-jp", "ﾀﾝｸ"),
        ("똠방".encode("cp949"), "euc-kr", "똠방"),
        (b"YWJj", "base64", "YWJj"),
        (b"abc", "zip", "abc"),
        (b"\\x41", "unicode_escape", "\\x41"),
        (b"abc-", "punycode", "abc-"),
        (b"+ADw-", "utf-7", "+ADw-"),
        (b"abc", "a\x00b", "abc"),
        (b"abc", "x" * 10_000, "abc"),
        # UTF-8 in the name of another charset, and what says itself what it is.
        ("Été à la cave".encode(), "iso-8859-1", "Été à la cave"),
        ("Été à la cave".encode(), "windows-1252", "Été à la cave"),
        ("Ã‰tÃ©".encode("cp1252") + b"\xe9", "iso-8859-1", "Ã‰tÃ©é"),
        ("\ufeffété".encode(), "utf-8", "été"),
        ("\ufeffété".encode("utf-16-le"), None, "été"),
        ("\ufeffété".encode("utf-16-be"), "utf-8", "été"),
        ("\ufeffété".encode("utf-16-le") + b"x", "utf-16", "été\ufffd"),
        # Cut within a character, or with a line of another program below it.
        ("été à Orléans é".encode()[:-1], "utf-8", "été à Orléans \ufffd"),
        ("été à Orléans".encode() + b"\n\xfc", None, "été à Orléans\n\ufffd"),
        ("Ελλάδα".encode("iso-8859-7") + b"\xff", "iso-8859-7", "Ελλάδα\ufffd"),
        (b"\x1b$B-!F|K\\\x1b(B", "iso-2022-jp", "\ufffd日本"),
        ("für Büro: ö".encode("latin-1"), "utf-8", "für Büro: ö"),
        (b"\x81\xff", None, "�ÿ"),
    ],
)
def test_bytes_are_always_text(raw, charset, text):
    """The charset declared, else UTF-8, else Windows-1252; codecs that are no charsets are not used."""
    assert decoded(raw, charset) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?=C3=A9t=C3=A9?=", "été"),
        ("=?UTF-8?B?w6l0w6k=?=", "été"),
        ("=?utf-8?b?w6l0w6k?=", "été"),
        ("a =?utf-8?q?b?= c", "a b c"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=\r\n =?iso-8859-1?q?=E9?=", "aé"),
        ("=?iso-8859-1?q?l=92eau_=80?=", "l’eau €"),
        ("=?utf-8?b?w6l0w6k=?= été", "été été"),
        # One character whose bytes stand in two words.
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        ("=?utf-8?b?w?=", "=?utf-8?b?w?="),
        ("=?x-unknown?q?abc?=", "abc"),
        ("=?utf-8*fr?q?abc?=", "abc"),
        ("=?utf-8?q?a_b?=", "a b"),
        ("=?utf-8?q??=", ""),
        ("=?utf-8?q?a=00b?=", "ab"),
        ("=?utf-8?q?a=0D=0AX-Y:_1?=", "a X-Y: 1"),
        ("=?utf-8?q?a=E2=80=A8b?=", "a b"),
        ("a\r\n b\tc", "a b c"),
        ("caf\udcc3\udca9", "café"),
        ("caf\udce9", "café"),
        ("=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
    ],
)
def test_a_header_is_one_clean_line(value, text):
    """RFC 2047, also as broken senders write it."""
    assert header_text(value, 300) == text


def test_a_header_is_cut():
    """No subject is longer than what stores it, whatever it decodes to."""
    assert header_text("x" * 5_000, 300) == "x" * 300
    assert len(header_text("=?utf-8?q?" + "=C3=A9" * 300 + "?=" * 1, 100)) == 100


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\x7f", "\ud800", "\x9f"])
def test_controls_vanish(bad):
    """Nothing that PostgreSQL refuses or a terminal obeys."""
    assert clean_text(f"a{bad}b\nc") == "ab\nc"
    assert clean_line(f"a{bad}b", 10) == "ab"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_line_ends_are_one_kind(end):
    """Texts keep their lines, lines become one."""
    assert clean_text(f"a{end}b") == "a\nb"
    assert clean_line(f"a{end}b", 10) == "a b"


def test_texts_keep_their_shape():
    """Indentation stays, blank edges and long gaps go."""
    assert clean_text("\n\n  a  \n\n\n\n\n\n\tb \n\n") == "  a\n\n\n\tb"
