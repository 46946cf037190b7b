"""The codes by which lab protocols recognize what other systems wrote."""

import pytest

from models.vocabulary import IntervalTrigger
from services.clinical.ingredients import INGREDIENTS, ingredient_of
from services.clinical.lab_protocol import INTERVALS
from services.clinical.problem_codes import EQUIVALENTS, SNOMED_CT, is_understood
from services.onboarding.synthetic_clinic.formulary import PRODUCTS, Product
from tests.services.onboarding.check_digits import has_snomed_check_digit

UNKNOWN = "99999999"


def test_ingredients_are_those_of_the_protocols():
    triggers = [i for i in INTERVALS if i.trigger is IntervalTrigger.MEDICATION]
    asked = {code for interval in triggers for code in interval.codes}
    assert {ingredient.rxnorm for ingredient in INGREDIENTS.values()} == asked


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=PRODUCTS)
def test_each_product_of_the_formulary_is_known_by_code_and_by_name_or_by_neither(
    product: Product,
):
    expected = INGREDIENTS.get(product.ingredient)
    assert ingredient_of(product.rxnorm, None) is expected
    assert ingredient_of(UNKNOWN, product.label) is expected


def test_no_product_holds_two_ingredients():
    codes = [code for i in INGREDIENTS.values() for code in (i.rxnorm, *i.products)]
    assert len(codes) == len(set(codes))


def test_equivalents_are_codes_and_each_says_what_a_protocol_asks_for():
    triggers = [i for i in INTERVALS if i.trigger is IntervalTrigger.CONDITION]
    asked = tuple(code for interval in triggers for code in interval.codes)
    for equivalent in EQUIVALENTS:
        assert equivalent.system == SNOMED_CT
        assert has_snomed_check_digit(equivalent.code)
        assert equivalent.icd_10_cm.startswith(asked)
    assert len({equivalent.code for equivalent in EQUIVALENTS}) == len(EQUIVALENTS)


@pytest.mark.parametrize(
    ("system", "code", "understood"),
    [
        ("ICD-10-CM", "Z99.9", True),
        ("SNOMED CT", "44054006", True),
        ("SNOMED CT", "38341003", False),
        ("LOINC", "44054006", False),
    ],
)
def test_a_problem_is_understood_in_icd_10_cm_or_by_its_equivalent(
    system: str, code: str, *, understood: bool
):
    assert is_understood(system, code) is understood
