"""How names are compared."""

import unicodedata

from rapidfuzz.distance import DamerauLevenshtein


def fold_name(text: str) -> str:
    """Case, accents and doubled spaces do not tell two names apart."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.split())


LEAST_LIKENESS = 0.65
"""Below it a name is another name, not a slip of the keyboard."""

_BEGINNING = 0.95


def likeness(query: str, name: str) -> float:
    """How well folded words of a query are found among those of a name: 0 to 1, 1 if all are.

    A word may be the beginning of another; else letters lost, added, changed or swapped count.
    """
    words = query.split()
    if not words:
        return 0.0
    best = (max((_word_likeness(word, part) for part in name.split()), default=0) for word in words)
    return round(sum(best) / len(words), 4)


def _word_likeness(word: str, part: str) -> float:
    if word != part and len(word) > 1 and part.startswith(word):
        return _BEGINNING
    return DamerauLevenshtein.normalized_similarity(word, part)
