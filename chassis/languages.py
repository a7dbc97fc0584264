"""The languages that the desk speaks."""

LANGUAGES = ("fr", "en", "es", "de")
