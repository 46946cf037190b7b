"""The ingredients that lab protocols go by: RxNorm codes, and what is known to hold them.

A product is known by its code, or by a name as RxNorm writes it: `60 ACTUAT testosterone 20.25
MG/ACTUAT Topical Gel`, `amlodipine 5 MG / atorvastatin 10 MG Oral Tablet`.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A substance that a prescription is for."""

    rxnorm: str
    name: str
    salts: tuple[str, ...]
    """Names under which RxNorm's products hold it besides its own (precise ingredients)."""
    products: tuple[str, ...]
    """RxNorm codes of products, from the FDA's NDC directory; the others are known by name."""


def _ingredient(rxnorm: str, name: str, salts: str, products: str) -> Ingredient:
    return Ingredient(
        rxnorm, name, tuple(f"{name} {salt}" for salt in salts.split()), tuple(products.split())
    )


INGREDIENTS: dict[str, Ingredient] = {
    ingredient.name: ingredient
    for ingredient in (
        _ingredient(
            "10379", "testosterone", "cypionate enanthate propionate undecanoate", "835840 1597076"
        ),
        _ingredient("10582", "levothyroxine", "sodium", "966220 966221 966222 892246 966224"),
        _ingredient("10814", "liothyronine", "sodium", "903456"),
        _ingredient("10572", "thyroid (USP)", "", ""),
        _ingredient("1991302", "semaglutide", "", "2619152 2398841 2599362"),
        _ingredient("2601723", "tirzepatide", "", "2601743 2601755 2601761 2601767 2601773"),
        _ingredient("83367", "atorvastatin", "calcium", "617310"),
        _ingredient("301542", "rosuvastatin", "calcium zinc", "859747"),
        _ingredient("36567", "simvastatin", "", ""),
        _ingredient("42463", "pravastatin", "sodium", ""),
        _ingredient("6472", "lovastatin", "", ""),
        _ingredient("41127", "fluvastatin", "sodium", ""),
        _ingredient("861634", "pitavastatin", "calcium magnesium", ""),
        _ingredient("4083", "estradiol", "acetate cypionate valerate", "242891"),
    )
}
"""By name."""

_BY_CODE = {
    code: ingredient
    for ingredient in INGREDIENTS.values()
    for code in (ingredient.rxnorm, *ingredient.products)
}
_BY_NAME = {
    name.casefold(): ingredient
    for ingredient in INGREDIENTS.values()
    for name in (ingredient.name, *ingredient.salts)
}

_AMOUNT_BEFORE = re.compile(
    r"\A(?:(?:A?NDA\d+|\d+(?:\.\d+)? (?:ACTUAT|HR|MG|ML|UNT),?|Dose) )+", re.IGNORECASE
)
"""What a pen or a patch holds in all stands before the ingredient."""
_STRENGTH = re.compile(r" \d.*")
_LOCAL = re.compile(r"\bvaginal\b", re.IGNORECASE)
"""A form that is meant to act where it is put: no therapy that labs are drawn for."""


def rxnorm(*names: str) -> tuple[str, ...]:
    """The codes of these ingredients. Raises KeyError for one that is not in the table."""
    return tuple(INGREDIENTS[name].rxnorm for name in names)


def ingredient_of(code: str, name: str | None) -> Ingredient | None:
    """What a product holds: by its code, else by the name that RxNorm gives it.

    Of a product with several ingredients the first that the table has. None where it is not known,
    and of a vaginal form by its name.
    """
    name = name or ""
    return _BY_CODE.get(code) or (None if _LOCAL.search(name) else _named(name))


def _named(name: str) -> Ingredient | None:
    parts = _AMOUNT_BEFORE.sub("", name.casefold()).split(" / ")
    names = (_STRENGTH.sub("", part) for part in parts)
    return next((_BY_NAME[name] for name in names if name in _BY_NAME), None)
