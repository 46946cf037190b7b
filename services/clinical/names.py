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
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr"})


def asked_name(query: str) -> str:
    """A name as somebody asks for it, folded: without title, commas and the points behind words."""
    words = [word.strip(".;:") for word in fold_name(query).replace(",", " ").split()]
    return " ".join([word for word in words if word not in _TITLES] or words)


def swapped(name: str) -> list[str]:
    """Its words with two neighbouring letters changed over: of short words trigrams find none."""
    return [
        word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        for word in name.split()
        for at in range(len(word) - 1)
    ]


def likeness(query: str, name: str) -> float:
    """How well folded words of a query are found among those of a name: 0 to 1, 1 if all are.

    A word may be the beginning of another, behind others also by one letter; else letters lost,
    added, changed or swapped count.
    """
    words, parts = query.split(), name.split()
    if not words:
        return 0.0
    best = [max((_word_likeness(word, part) for part in parts), default=0.0) for word in words]
    if len(words) > 1 and any(part.startswith(words[-1]) for part in parts):
        best[-1] = max(best[-1], _BEGINNING)
    return round(sum(best) / len(words), 4)


def _word_likeness(word: str, part: str) -> float:
    if word != part and len(word) > 1 and part.startswith(word):
        return _BEGINNING
    return DamerauLevenshtein.normalized_similarity(word, part)
