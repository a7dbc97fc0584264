"""The text of a mail."""

from email.message import EmailMessage
from time import process_time

import pytest

from services.inbound.parsing.bodies import LONGEST_HTML, body_of
from services.inbound.parsing.structure import message_of
from tests.unit.inbound.mails import a_mail


def body(mail):
    """Return the text and the flags of a mail."""
    return body_of(message_of(mail if isinstance(mail, bytes) else mail.as_bytes()))


def test_plain_text():
    """As it was written."""
    assert body(a_mail(body="Zeile 1\n  Zeile 2\n")) == ("Zeile 1\n  Zeile 2", set())


def test_the_plain_alternative_is_taken():
    """HTML says the same with more marks."""
    mail = a_mail(body="plain")
    mail.add_alternative("<p>rich</p>", subtype="html")
    assert body(mail) == ("plain", set())


@pytest.mark.parametrize("blank", ["", "\n \n", "\t"])
def test_an_empty_plain_alternative_is_passed_over(blank):
    """Some programs send an empty plain part."""
    mail = a_mail(body=blank)
    mail.add_alternative("<p>rich</p><ul><li>one</li></ul>", subtype="html")
    assert body(mail) == ("rich\n\n  * one", set())


@pytest.mark.parametrize("blank", ["", "\n \n"])
def test_an_empty_alternative_is_passed_over_for_one_without_letters(blank):
    """A thumb says something."""
    mail = a_mail(body=blank)
    mail.add_alternative("<p>\U0001f44d</p>", subtype="html")
    assert body(mail) == ("\U0001f44d", set())


def test_a_mail_that_is_attached_is_no_text_of_the_mail():
    """What somebody else wrote in it goes along as a file."""
    mail = a_mail(body="See the mail of the plumber.")
    mail.add_attachment(a_mail(body="The pump is broken."))
    assert body(mail) == ("See the mail of the plumber.", set())


STUBS = {
    "a stub": "Your mail program cannot show HTML.",
    "a stub with a link": "Read it here: https://news.example/2026/a-very-long-address-of-a-page-that-says-more/1234567890",
    "a picture": "[cid:logo@homes.example]",
}


@pytest.mark.parametrize("stub", STUBS.values(), ids=STUBS)
def test_a_plain_stub_is_passed_over(stub):
    """A plain part that stands for nothing but itself."""
    words = "The boiler has been cold since Monday, and the landlord sends us to you. Please call before you come."
    mail = a_mail(body=stub)
    mail.add_alternative(f"<p>{words}</p>", subtype="html")
    assert body(mail) == (words, set())


def test_the_plain_alternative_is_taken_although_the_other_has_a_signature():
    """What says nearly as much, and what is long anyway: then the HTML is not even read."""
    answer = "Yes, tomorrow at nine is fine, the key is with the neighbour."
    for plain, html in ((answer, f"<p>{answer}</p>Rosa, Homes"), ("word " * 1_000, "<p>rich</p>" * 10_000)):
        mail = a_mail(body=plain)
        mail.add_alternative(html, subtype="html")
        assert body(mail) == (plain.strip(), set())


def test_a_page_that_is_not_shown_is_not_told_as_cut():
    """Nothing of what was taken is missing."""
    mail = a_mail(body="It is cold.")
    mail.add_alternative("<!-- -->" * (LONGEST_HTML // 8) + "<p>It is cold.</p>", subtype="html")
    assert body(mail) == ("It is cold.", set())


def test_html_alone_becomes_text():
    """Scripts and styles say nothing, tables keep their rows."""
    mail = EmailMessage()
    mail.set_content(
        "<style>p{color:red}</style><script>alert(1)</script><p>Bonjour&nbsp;&eacute;</p>"
        "<table><tr><td>a</td><td>b</td></tr></table>",
        subtype="html",
    )
    text, flags = body(mail)
    assert text.split() == ["Bonjour", "é", "a", "b"]
    assert flags == set()


def test_texts_that_follow_one_another_are_joined():
    """Apple Mail puts text around pictures."""
    mail = a_mail(body="before")
    mail.add_attachment(b"x", maintype="image", subtype="png", filename="a.png")
    after = EmailMessage()
    after.set_content("after")
    mail.attach(after)
    assert body(mail) == ("before\n\nafter", set())


@pytest.mark.parametrize("options", [{"filename": "plan.txt"}, {}, {"disposition": "inline", "filename": "plan.txt"}])
def test_a_text_file_is_no_text_of_the_mail(options):
    """It is an attachment, or has a name."""
    mail = a_mail(body="see file")
    mail.add_attachment("secret plan", **options)
    assert body(mail) == ("see file", set())


def with_shown_file(*, body="", words="The lift stands still."):
    """Return a mail as gateways send what somebody has texted, with a photo."""
    mail = a_mail(body=body)
    mail.add_attachment(words, disposition="inline", filename="text_0.txt")
    mail.add_attachment(b"pixels", maintype="image", subtype="jpeg", filename="lift.jpg")
    if not body:
        del mail.get_payload()[0]
    return mail


@pytest.mark.parametrize("body_", ["", " \n\t"])
def test_a_text_file_shown_within_a_mail_that_says_nothing_else_is_its_text(body_):
    """What is texted to an address arrives so; it stays a file, too."""
    assert body(with_shown_file(body=body_)) == ("The lift stands still.", set())


def test_of_several_text_files_shown_within_a_mail_each_is_its_text():
    """Long texts are sent in several."""
    mail = with_shown_file()
    mail.add_attachment("Since noon.", disposition="inline", filename="text_1.txt")
    assert body(mail) == ("The lift stands still.\n\nSince noon.", set())


def test_a_text_file_shown_within_a_mail_of_words_is_none_of_its_text():
    """Somebody has put it there to be looked at beside what they wrote."""
    assert body(with_shown_file(body="see file")) == ("see file", set())


def test_an_attached_text_file_is_no_text_of_a_mail_without_words():
    """It may be as long as it likes, and anything."""
    mail = a_mail()
    mail.add_attachment("secret plan", filename="plan.txt")
    del mail.get_payload()[0]
    assert body(mail) == ("", set())


@pytest.mark.parametrize("charset", ["charset=\0", 'charset="a\0b"', "charset*=utf-8''%00", "charset*0*=x''%00x"])
def test_a_text_in_a_charset_that_cannot_be_one(charset):
    """Python's own reader raises ValueError or TypeError at these."""
    assert body(f"Content-Type: text/plain; {charset}\r\n\r\n".encode() + b"\xe9t\xe9") == ("été", set())


def test_a_text_in_its_own_charset():
    """Base64, quoted-printable, 8 bit; declared well or badly."""
    head = b"Content-Type: text/plain; charset="
    assert body(head + b"iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E9t=E9") == (
        "été",
        set(),
    )
    assert body(head + b"utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nw6l0w6k") == ("été", set())
    assert body(head + b"nonsense\r\nContent-Transfer-Encoding: 9bit\r\n\r\n\xc3\xa9") == ("é", set())
    assert body(b"Content-Transfer-Encoding: base64\r\n\r\n!!!! not base64 ????")[1] == set()


@pytest.mark.parametrize("encoding", ["base64 ", "BASE64\t", "\r\n base64", '"base64"', "base64 (MIME)", "base64;"])
def test_a_transfer_encoding_with_something_around_it(encoding):
    """It is undone although the library knows the bare word alone."""
    head = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    assert body(head.encode() + b"w6l0w6k") == ("été", set())


FLOWED = {
    "paragraph": ("The lift \r\nstands still.\r\nSince noon.", "The lift stands still.\nSince noon."),
    "quotation": ("> The \r\n> lift\r\n>> stands \r\n> still \r\nYes.", "> The lift\n>> stands\n> still\nYes."),
    "stuffed": (" From here\r\n > 5 floors\r\n>  indented", "From here\n> 5 floors\n>  indented"),
    "signature": ("Yes \r\n-- \r\nRosa", "Yes\n--\nRosa"),
    "blank lines": ("One.\r\n\r\n \r\nTwo.", "One.\n\n\nTwo."),
}


@pytest.mark.parametrize(("said", "text"), FLOWED.values(), ids=FLOWED)
def test_paragraphs_broken_for_the_way_are_whole(said, text):
    """RFC 3676; where a text does not say so its lines are its writer's."""
    head = "Content-Type: text/plain; charset=utf-8; format={}\r\n\r\n{}"
    assert body(head.format("Flowed", said).encode()) == (text, set())
    as_sent = "\n".join(line.rstrip() for line in said.split("\r\n")).strip("\n")
    assert body(head.format("fixed", said).encode()) == (as_sent, set())


def test_words_broken_for_the_way_are_whole():
    """The blank is the break's where a mail says so."""
    head = b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n"
    assert body(head + b"https://homes.example/lif \r\nt?a=1  \r\nb") == ("https://homes.example/lift?a=1 b", set())


def test_parts_without_their_boundary_are_one_text():
    """What was announced and is not there must not swallow the text."""
    assert body(b"Content-Type: multipart/mixed\r\n\r\nThe lift stands still.") == (
        "The lift stands still.",
        set(),
    )


def test_links_to_messages_are_no_parts():
    """A forum's summary has hundreds of them, each in an indented line."""
    page = b"Content-Type: text/html\r\n\r\n" + b'  <a href="https://forum.example/message/1">x</a><br>\r\n' * 120
    assert body(page) == ("\n".join(["x <https://forum.example/message/1>"] * 120), set())


def test_a_bomb_of_html_is_cut():
    """A million characters are rendered, the cut is told."""
    mail = b"Content-Type: text/html\r\n\r\n" + b"<p>a</p>" * (LONGEST_HTML // 8) + b"<p>beyond</p>"
    text, flags = body(mail)
    assert "beyond" not in text
    assert flags == {"body_cut"}


@pytest.mark.parametrize("mark", ["<div>", "<table><tr><td>", "<b><i>", "<ul><li>", "<!--", "&#x110000;", "<![CDATA["])
def test_nested_html_is_survived(mark):
    """100 kB of opened marks, behind a word that must be found."""
    text, flags = body(f"Content-Type: text/html\r\n\r\n<p>word</p>{mark * (100_000 // len(mark))}".encode())
    assert "word" in text
    assert flags == set()


@pytest.mark.parametrize(
    ("opened", "closed", "times"),
    [("<table><tr><td>", "</td></tr></table>", 100), ("<div>", "</div>", 260), ("<b><i>", "</i></b>", 5_000)],
)
def test_nothing_of_deeply_nested_html_is_lost(opened, closed, times):
    """Parsers that build a tree leave out what comes after 256 elements in one another."""
    html = f"<p>TOP</p>{opened * times}<p>D&eacute;EP</p>{closed * times}<p>BOTTOM</p>"
    text, flags = body(f"Content-Type: text/html\r\n\r\n{html}".encode())
    assert text.split() == ["TOP", "DéEP", "BOTTOM"]
    assert flags == set()


META = {
    "short": ('<meta charset="windows-1250">', "cp1250"),
    "short and bare": ("<!doctype html><html><META/charset=iso-8859-2 >", "iso-8859-2"),
    "long": ("<meta http-equiv='Content-Type' content='text/html; charset=koi8-r'>", "koi8-r"),
    "long, turned round": ('<meta content="text/html;charset = ISO-8859-7" http-equiv=content-type />', "iso-8859-7"),
    "second": ('<meta name="charset" content="text/html; charset=koi8-r"><meta charset=cp1251>', "cp1251"),
    "behind a comment": ("<!-- <meta charset=koi8-r> --><meta charset=cp1251>", "cp1251"),
    "of no bytes but ASCII": ("<meta charset=iso-2022-jp>", "iso-2022-jp"),
    "of two bytes": ("<meta charset=shift_jis>", "shift_jis"),
}
SAID_IN = {"koi8-r": "лифт", "cp1251": "лифт", "iso-8859-7": "καλό", "iso-2022-jp": "故障", "shift_jis": "故障"}


@pytest.mark.parametrize(("meta", "charset"), META.values(), ids=META)
def test_a_page_in_the_charset_that_it_names_itself(meta, charset):
    """Where the mail does not (HTML standard, 13.2.3.2)."""
    said = SAID_IN.get(charset, "żółw")
    page = f"{meta}<p>{said}</p>".encode(charset)
    assert body(b"Content-Type: text/html\r\n\r\n" + page) == (said, set())


@pytest.mark.parametrize(
    ("declared", "meta", "charset"),
    [
        ("; charset=cp1252", "<meta charset=koi8-r>", "cp1252"),
        ("", "<meta charset=koi8-r>", "utf-8"),
        ("", "<meta charset=nonsense>", "cp1252"),
        ("", "<meta charset=utf-7>", "cp1252"),
        ("", "<meta charset= >", "cp1252"),
        ("", "<meta charset>", "cp1252"),
        ("", " " * 1_024 + "<meta charset=koi8-r>", "cp1252"),
        ("", "<meta charset=''>", "cp1252"),
        ("", "<meta charset=utf-16>", "cp1252"),
        ("", "<meta charset=cp500>", "cp1252"),
        ("", "<meta content='text/html; charset=koi8-r'>", "cp1252"),
        ("", "<meta http-equiv=refresh content='text/html; charset=koi8-r'>", "cp1252"),
        ("", "<!-- <meta charset=koi8-r>", "cp1252"),
    ],
)
def test_a_page_whose_own_word_on_its_charset_does_not_count(declared, meta, charset):
    """The mail says better, it is UTF-8 anyway, it names none, or too late."""
    page = f"{meta}<p>été</p>".encode(charset)
    assert "été" in body(f"Content-Type: text/html{declared}\r\n\r\n".encode() + page)[0]


def test_what_a_plain_text_says_of_charsets_is_text():
    """Nobody is a page who talks about one."""
    text = "<meta charset=koi8-r> été"
    assert body(b"Content-Type: text/plain\r\n\r\n" + text.encode("cp1252")) == (text, set())


@pytest.mark.parametrize(
    "piece", ["<meta ", "<!--", "<meta charset=", "a=", "<meta/>", "<blockquote type=cite>", "<meta a='", "=", "'"]
)
def test_a_charset_is_looked_for_in_no_time(piece):
    """In the longest page that is read."""
    page = f"Content-Type: text/html\r\n\r\n{piece * (LONGEST_HTML // len(piece))}\xe9".encode("latin-1")
    began = process_time()
    body(page)
    assert process_time() - began < 3


PAGES = {
    "paragraphs and lines": ("<p>one<br> two</p>\n<div>three</div>four", "one\ntwo\n\nthree\nfour"),
    "rows and cells": ("<table><tr><td>a</td><td>b</td></tr><tr><th>c</th><td></td></tr></table>", "a  b\nc"),
    "items, numbered and not": (
        "<ol><li><p>one</p></li><li>two<ul><li>deep</ul></ol>",
        "  1. one\n\n  2. two\n    * deep",
    ),
    "text as it was typed": ("<pre>a  b\n  c</pre> d   e", "a  b\n  c\n\nd e"),
    "entities": ("<b>R&eacute;gie</b> &amp; co &lt;b&gt; &#x110000;&#1;", "Régie & co <b> \ufffd"),
    "what says nothing": (
        "<head><title>t</title></head><!-- c --><![if !mso]>a<![endif]><style>b{}</style>"
        "<!--[if mso]>c<![endif]--><span style='color:red; display: none'>d</span><script>e</script>",
        "a",
    ),
    "marks that are none": ("2 < 3 and 4 > 3, <3", "2 < 3 and 4 > 3, <3"),
    "links": (
        "Pay <a class=x href='https://pay.example/inv/42?a=1&amp;b=2'>here</a>, call <a href=tel:+49301234>us</a>.",
        "Pay here <https://pay.example/inv/42?a=1&b=2>, call us <tel:+49301234>.",
    ),
    "links that say it themselves": (
        "<a href='https://x.example/'>https://x.example</a> <a href=mailto:rosa@x.example>Rosa rosa@x.example</a>",
        "https://x.example Rosa rosa@x.example",
    ),
    "links that lead nowhere": (
        "<a name=top href='#a'>a</a> <a href='javascript:b()'>b</a> <a href=\"cid:c\">c</a> <a>d</a></a> <a href=e>e",
        "a b c d e",
    ),
    "links without an end": (
        "<a href=http://x.example>a <a href=http://y.example>b",
        "a <http://x.example>b <http://y.example>",
    ),
    "what is no link": ("<a data-href=https://x.example data-alt=x>a</a><img data-alt=x>", "a"),
    "pictures": (
        "<a href='https://pay.example'><img src=x alt='Pay\n now'></a><img alt=''><img src=y>",
        "[Pay now] <https://pay.example>",
    ),
    "what a program quotes": (
        "Yes.<blockquote type='cite'><p>When?</p><blockquote class=\"gmail_quote\">Cold</blockquote></blockquote>No.",
        "Yes.\n\n> When?\n>\n>> Cold\n\nNo.",
    ),
    "what somebody indents": (
        "<blockquote style='margin:0 0 0 40px'>It is cold.</blockquote></blockquote>",
        "It is cold.",
    ),
    "what is quoted without an end": ("a<blockquote type=cite>b<br>c", "a\n\n> b\n> c"),
    "what has no end": ("<!-- a <p>b <style>c", "a\n\nb c"),
}


@pytest.mark.parametrize(("page", "text"), PAGES.values(), ids=PAGES)
def test_what_a_page_says(page, text):
    """Each mark as far as it matters to a reader."""
    assert body(f"Content-Type: text/html; charset=utf-8\r\n\r\n{page}".encode()) == (text, set())


def test_a_hundred_alternatives_in_one_another_are_read_once():
    """Each with a stub, the innermost with a page as long as is read."""
    page = "<p>word</p>" * (LONGEST_HTML // 11)
    raw = b"".join(
        f"Content-Type: multipart/alternative; boundary=b{level}\r\n\r\n--b{level}\r\n\r\nx\r\n--b{level}\r\n".encode()
        for level in range(99)
    )
    began = process_time()
    text, flags = body(raw + f"Content-Type: text/html\r\n\r\n{page}".encode())
    assert process_time() - began < 3
    assert (text[:10], flags) == ("word\n\nword", {"body_cut"})


@pytest.mark.parametrize("piece", ["<a href=x>", "<a href='", '<a href="mailto:x', "<img alt=", " href=", "<a>x</a>"])
def test_links_take_no_time(piece):
    """As long as is read, in marks or in one mark."""
    began = process_time()
    for html in (piece * (LONGEST_HTML // len(piece)), f"<a {piece.strip('<>') * (LONGEST_HTML // len(piece))}>x"):
        body(f"Content-Type: text/html\r\n\r\n{html}".encode())
    assert process_time() - began < 3
