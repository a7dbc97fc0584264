"""The language of a text."""

import pytest

from services.inbound.parsing.languages import language_of
from tests.unit.inbound.sentences import TEXTS


@pytest.mark.parametrize(("text", "language"), TEXTS)
def test_a_sentence_is_told(text, language):
    """Short as residents write."""
    assert language_of(text) == language


#: Words that languages nearby share with ours, as short as answers are.
NEAR = [
    ("Ampoule grillée dans le couloir", "fr"),
    ("Volet roulant cassé chambre", "fr"),
    ("Oui demain matin me convient", "fr"),
    ("Light bulb broken in the hallway", "en"),
    ("Yes tomorrow morning works for me", "en"),
    ("Intercom out of order", "en"),
    ("Persiana rota dormitorio", "es"),
    ("No hay agua caliente", "es"),
    ("Fuga de agua en el baño", "es"),
    ("Rollladen kaputt Schlafzimmer", "de"),
    ("Gegensprechanlage defekt", "de"),
    ("Wasserschaden im Badezimmer", "de"),
    ("De Lift isch scho wieder kaputt", "de"),
]


@pytest.mark.parametrize(("text", "language"), NEAR)
def test_a_language_nearby_does_not_take_it(text, language):
    """Swiss German is answered in German."""
    assert language_of(text) == language


FOREIGN = {
    "it": "Buongiorno, il riscaldamento non funziona da ieri sera.",
    "it, short": "Perdita d'acqua in bagno",
    "pt": "Bom dia, o aquecimento não funciona desde ontem.",
    "pt, short": "Não há água quente",
    "ca": "Bon dia, la calefacció no funciona des d'ahir.",
    "ro": "Bună ziua, căldura nu funcționează de ieri.",
    "nl": "Hallo, de verwarming werkt niet sinds gisteren.",
    "nl, short": "De lift zit vast tussen twee verdiepingen",
    "lb": "Moien, d'Heizung geet zënter gëschter net méi.",
    "da": "Hej, varmen virker ikke siden i går.",
    "pl": "Dzień dobry, ogrzewanie nie działa od wczoraj.",
    "pl, short": "Winda utknęła między piętrami",
    "hr": "Dobar dan, grijanje ne radi od jučer.",
    "sq": "Përshëndetje, ngrohja nuk punon që dje.",
    "tr": "Merhaba, kalorifer dünden beri çalışmıyor.",
    "tr, short": "Sıcak su yok, asansör bozuldu",
    "so": "Waxaan rabaa in aan ogeysiiyo in kuleyliyaha uusan shaqayn",
    "vi": "Xin chào, máy sưởi không hoạt động từ hôm qua.",
    "ar": "مرحبا، التدفئة لا تعمل منذ أمس",
    "uk": "Добрий день, опалення не працює з учора.",
    "zh": "您好，我们的暖气从昨天起坏了。 没有热水",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_a_language_of_others_is_none_of_ours(text):
    """The mailbox's language is then better than the one that looks most like it."""
    assert language_of(text) is None


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
