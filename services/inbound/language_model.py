"""The model by which the parser tells languages, kept as a file that is mapped instead of unpacked.

Its library unpacks 68 MB in every process, half a second of processor time in which mails wait. As Python does with
what it has compiled, whoever needs it first, and may write there, leaves beside the library's file what was made of it.
"""

import os
import zlib
from contextlib import suppress
from secrets import token_hex

import numpy
from py3langid import __version__ as version_of_library
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

from services.inbound.parsing.languages import model_of_library

LIBRARY = MODEL_DIR / MODEL_FILE
#: Changes with what `_keep` writes, and in which order.
LAYOUT = 2


def kept_model(folder=LIBRARY.parent):
    """Return what the library makes of its model, mapped where it has been kept.

    :param folder: where it is kept; nothing is where it cannot be written.
    """
    path = folder / f"{_name()}.npy"
    try:
        return _mapped(path)
    except Exception:
        # Not there yet, cut short by a full disk, or anything else: no file that only saves time stops mails.
        model = model_of_library()
    with suppress(OSError):
        _keep(model, path)
    return model


def _name():
    """Return a name by which a model made by or of another version is not taken for ours."""
    return "-".join(["languages", f"{zlib.crc32(LIBRARY.read_bytes()):08x}", version_of_library, str(LAYOUT)])


def _mapped(path):
    # What every letter and every word is looked up in, nearly all of it, stays on disk until it is looked at.
    moves = numpy.load(path, mmap_mode="r")
    with open(path, "rb") as file:
        file.seek(moves.offset + moves.nbytes)
        rows, outputs, priors, classes = (numpy.load(file) for _ in range(4))
        weights = _mapped_part(path, file)
    moves, outputs = memoryview(moves), outputs.tolist()
    model = LanguageIdentifier(weights, priors, classes.tolist(), moves, outputs, norm_probs=True, tk_row=rows.tolist())
    # Parts that do not go together are noticed here, and not with every mail.
    model.classify("The lift is out of order.")
    return model


def _mapped_part(path, file):
    numpy.lib.format.read_magic(file)
    shape, _, dtype = numpy.lib.format.read_array_header_1_0(file)
    return numpy.asarray(numpy.memmap(path, dtype, "r", file.seek(0, os.SEEK_CUR), shape))


def _keep(model, path):
    """Write a model, whole or not at all, whoever else does at the same moment."""
    parts = model.tk_nextmove, model.tk_row, model.tk_output, model.nb_pc, model.nb_classes, model.nb_ptc
    temporary = path.with_suffix(f".{token_hex(8)}")
    try:
        with open(temporary, "xb") as file:
            for part in parts:
                numpy.save(file, numpy.ascontiguousarray(part))
            # Services run with a umask by which nobody but the maker could map it.
            os.fchmod(file.fileno(), LIBRARY.stat().st_mode & 0o666)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    kept_model()
