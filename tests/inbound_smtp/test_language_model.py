"""The parser's model of languages as it is kept: the same answers as the library's, sooner."""

import os
import random
import shutil
from pathlib import Path

import numpy
import pytest

from services.inbound import language_model
from services.inbound import parser as parser_module
from services.inbound.language_model import LIBRARY, kept_model
from services.inbound.parser import Parser
from services.inbound.parsing.languages import model_of_library
from tests.unit.inbound.sentences import TEXTS

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


@pytest.fixture
def umask():
    """Return a function that sets this process's umask until the test ends."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


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


@pytest.mark.parametrize("part", [[0], 0, ["fr"]], ids=["parts", "numbers", "words"])
def test_a_file_that_makes_no_model_is_made_again(tmp_path, made, library, part):
    """Whatever has written it: mails are read all the same."""
    kept_model(tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    with open(file, "wb") as other:
        for _ in range(6):
            numpy.save(other, numpy.array(part))
    assert kept_model(tmp_path) is made
    assert (library, [path.read_bytes() for path in tmp_path.iterdir()]) == ([1, 1], [whole])


def test_whoever_may_read_the_library_may_map_it(tmp_path, monkeypatch, umask, library):
    """Its maker may be another user than the one that needs it next."""
    other, folder = tmp_path / "other.xz", tmp_path / "kept"
    other.write_bytes(b"another model")
    other.chmod(0o754)
    folder.mkdir()
    monkeypatch.setattr(language_model, "LIBRARY", other)
    umask(0o077)
    kept_model(folder)
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o644]


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


@pytest.mark.parametrize(("name", "other"), [("LAYOUT", 1), ("version_of_library", "0.0.1")])
def test_a_model_made_otherwise_is_not_taken_for_this_one(tmp_path, monkeypatch, library, name, other):
    """Each has a name of its own."""
    kept_model(tmp_path)
    monkeypatch.setattr(language_model, name, other)
    kept_model(tmp_path)
    assert (library, len(list(tmp_path.iterdir()))) == ([1, 1], 2)


def test_the_child_maps_it(tmp_path, monkeypatch, library):
    """Nothing of what takes long is done while mails wait. The child's library is a copy: ours may belong to others."""
    copied = shutil.copytree(
        LIBRARY.parents[1], tmp_path / "py3langid", ignore=shutil.ignore_patterns("*.npy", "__pycache__")
    )
    folder = copied / LIBRARY.parent.name
    kept_model(folder)
    environment = parser_module._environment()
    path = os.pathsep.join([str(tmp_path), environment["PYTHONPATH"]])
    monkeypatch.setattr(parser_module, "_environment", lambda: environment | {"PYTHONPATH": path})
    parser = Parser(tmp_path / "store")
    parser.ask([])
    mapped = {line.split()[-1] for line in Path(f"/proc/{parser.pid}/maps").read_text().splitlines() if ".npy" in line}
    parser.stop()
    assert {Path(path).parent for path in mapped} == {folder}
