"""The language of a text."""

import pytest

from services.inbound.parsing.languages import language_of

TEXTS = [
    ("Bonjour, il y a de l'eau dans la cave.", "fr"),
    ("Panne d'ascenseur au troisième étage", "fr"),
    ("Chauffage en panne bâtiment B", "fr"),
    ("Merci beaucoup pour votre aide", "fr"),
    ("Hi, there is water in the basement.", "en"),
    ("The lift is broken again", "en"),
    ("Heating broken in flat 12", "en"),
    ("Thank you very much for your help", "en"),
    ("Hola, hay agua en el sótano.", "es"),
    ("La calefacción no funciona", "es"),
    ("El ascensor está averiado otra vez", "es"),
    ("Muchas gracias por su ayuda", "es"),
    ("Guten Tag, im Keller steht Wasser.", "de"),
    ("Die Heizung ist kaputt", "de"),
    ("Der Aufzug ist schon wieder defekt", "de"),
    ("Vielen Dank für Ihre Hilfe", "de"),
]


@pytest.mark.parametrize(("text", "language"), TEXTS)
def test_a_sentence_is_told(text, language):
    """Short as residents write."""
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello",
        "URGENT!!!",
        "ok merci",
        "1234 5678 9012",
        "https://homes.example/le-chauffage-est-en-panne",
        "> Bonjour tout le monde",
    ],
)
def test_too_little_is_not_guessed(text):
    """The mailbox's language is then better."""
    assert language_of(text) is None


def test_addresses_numbers_and_quotations_are_no_words():
    """They are of no language, or of somebody else's."""
    text = "Die Heizung ist kaputt.\nrosa@homes.example https://x.example/lift\n> The lift is out of order\n"
    assert language_of(text) == "de"
