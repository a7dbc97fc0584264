"""The language of a text, where it can be told, among those that the desk speaks."""

import gc
import re

from services.inbound.parsing.words import LANGUAGES

#: Below these a guess would be a coin tossed.
FEWEST_WORDS, FEWEST_LETTERS = 2, 10
SUREST = 0.75
#: Characters that are looked at.
LONGEST = 2_000

_NOT_WORDS = re.compile(r"https?://\S+|\S+@\S+|\S*\d\S*|^>.*$|^-- \n.*", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]+")

_model = None


def language_of(text):
    """Return `fr`, `en`, `es` or `de`, or `None` where the text is too short or too mixed to tell."""
    words = _WORD.findall(_NOT_WORDS.sub(" ", text[:LONGEST]))
    if len(words) < FEWEST_WORDS or sum(map(len, words)) < FEWEST_LETTERS:
        return None
    if _model is None:
        use(model_of_library())
    language, confidence = _model.classify(" ".join(words))
    return language if confidence >= SUREST else None


def use(model):
    """Tell languages by a model as `model_of_library` makes it, from wherever it comes sooner."""
    global _model
    _model = model


def model_of_library():
    """Return the library's model for the desk's languages."""
    # Loaded late: the model takes most of a second and 70 MB, which only the parser's process should spend.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(LANGUAGES)
    # The 90 other languages would keep 20 MB for the life of the process.
    model._full_model = None
    gc.collect()
    return model
