"""The language of a text, where it can be told, among those that the desk speaks."""

import re

from chassis.languages import LANGUAGES

#: Below these a guess would be a coin tossed.
FEWEST_WORDS, FEWEST_LETTERS = 2, 10
#: How likely one of the desk's languages has to be, if the text is in one of these.
LIKELY_ENOUGH = 0.65
#: How many times likelier another language has to be, for a text to be in none of these: short texts look alike.
FOREIGN = 2
#: Characters that are looked at.
LONGEST = 1_000

_NOT_WORDS = re.compile(r"https?://\S+|\S+@\S+|\S*\d\S*|^>.*$|^-- ?\n.*", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]+")

_model = None


def language_of(text):
    """Return `fr`, `en`, `es` or `de`, or `None` where the text is in another language, too short or too mixed."""
    words = _WORD.findall(_NOT_WORDS.sub(" ", text[:LONGEST]))
    if len(words) < FEWEST_WORDS or sum(map(len, words)) < FEWEST_LETTERS:
        return None
    if _model is None:
        use(model_of_library())
    likelihoods = dict(_model.rank(" ".join(words)))
    spoken = {language: likelihoods[language] for language in LANGUAGES}
    likeliest = max(spoken, key=spoken.get)
    is_sure = spoken[likeliest] >= LIKELY_ENOUGH * sum(spoken.values())
    return likeliest if is_sure and spoken[likeliest] * FOREIGN >= max(likelihoods.values()) else None


def use(model):
    """Tell languages by a model as `model_of_library` makes it, from wherever it comes sooner."""
    global _model
    _model = model


def model_of_library():
    """Return the library's model, all its languages: one that it does not know is taken for one that it does."""
    # Loaded late: the model takes most of a second and 70 MB, which only the parser's process should spend.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
