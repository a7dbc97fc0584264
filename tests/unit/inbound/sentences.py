"""Sentences as residents write them, and the language of each."""

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
