"""The parser's model of languages as it is kept: the same answers as the library's, sooner."""

import random
from pathlib import Path

import pytest

from services.inbound import language_model
from services.inbound.language_model import LIBRARY, kept_model
from services.inbound.parser import Parser
from services.inbound.parsing.languages import model_of_library
from tests.unit.inbound.test_languages import TEXTS

#: Letters and marks of several scripts, so that parts of the model are seen that no language of ours uses.
LETTERS = "abcdefghijklmnopqrstuvwxyz éèàçßüöäñ¿ çğışæøåłżš привет γειά שלום مرحبا 你好こんにちは สวัสดี नमस्ते"


@pytest.fixture(scope="module")
def made():
    """Return the library's own model."""
    return model_of_library()


@pytest.fixture
def library(monkeypatch, made):
    """Count how often the library's model is unpacked, which takes half a second."""
    calls = []
    monkeypatch.setattr(language_model, "model_of_library", lambda: calls.append(1) or made)
    return calls


def a_corpus():
    """Return 1,899 texts: sentences, pieces and mixtures of them, and letters at random."""
    chance = random.Random(7)
    sentences = [text for text, _ in TEXTS]
    pieces = [text[start : start + 12] for text in sentences for start in range(0, len(text), 3)]
    mixed = [" ".join(chance.sample(pieces, chance.randint(2, 9))) for _ in range(700)]
    noise = ["".join(chance.choices(LETTERS, k=chance.randint(0, 300))) for _ in range(1_000)]
    texts = ["", *sentences, *(text.upper() for text in sentences), *pieces, *mixed, *noise]
    assert len(texts) == 1_899
    return texts


def test_a_kept_model_tells_what_the_library_tells(tmp_path, made, library):
    """Every language's confidence to the last bit, whatever the text."""
    kept_model(tmp_path)
    kept = kept_model(tmp_path)
    assert library == [1]
    assert [kept.rank(text) for text in a_corpus()] == [made.rank(text) for text in a_corpus()]


def test_a_file_cut_short_is_made_again(tmp_path, library):
    """A disk was full, or the power was cut."""
    kept_model(tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for length in (0, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        kept_model(tmp_path)
        assert [path.read_bytes() for path in tmp_path.iterdir()] == [whole]
    assert library == [1] * 5


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path, made, library):
    """As in an image whose files belong to somebody else: every start unpacks the library's."""
    assert kept_model(tmp_path / "missing") is made
    assert (library, list(tmp_path.iterdir())) == ([1], [])


def test_a_model_of_another_version_is_not_taken_for_this_one(tmp_path, monkeypatch, library):
    """The library was replaced beneath it."""
    kept_model(tmp_path)
    other = tmp_path / "other.xz"
    other.write_bytes(b"another model")
    monkeypatch.setattr(language_model, "LIBRARY", other)
    kept_model(tmp_path)
    assert library == [1, 1]


def test_the_child_maps_it(tmp_path):
    """Nothing of what takes long is done while mails wait."""
    kept_model()
    parser = Parser(tmp_path)
    parser.ask([])
    mapped = {line.split()[-1] for line in Path(f"/proc/{parser.pid}/maps").read_text().splitlines() if ".npy" in line}
    parser.stop()
    assert {Path(path).parent for path in mapped} == {LIBRARY.parent}
