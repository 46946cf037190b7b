"""Names of people who do not exist, as mixed as a city's."""

from random import Random
from typing import NamedTuple

from models.vocabulary import Sex
from services.clinical.names import fold_name

_FEMALE = (
    "Maria Aisha Mei Hannah Latoya Ingrid Soo-Jin Camila Fatima Rachel Nneka Linh Olga Denise "
    "Keiko Amara Teresa Bridget Leilani Anjali Monique Paula Yasmin Carol Esther Gwen"
)
_MALE = (
    "James Luis Kwame Hiroshi Andre Mateo Omar Patrick Viktor Raj Tyrone Daniel Minh Sergio "
    "Ethan Malik Gabriel Stefan Kofi Dmitri Walter Isaac Joaquin Neil Terrence"
)
_FAMILY = (
    "Garcia Nguyen O'Brien Washington Patel Kim Johansson Rossi Haddad Cohen Okonkwo Martinez "
    "Silva Tanaka Jackson Kowalski Chen Begum Thompson Delgado Murphy Ivanov Reyes Lopez "
    "Williams Baker Kamau Park Vargas Fischer Desai Freeman Santos Yang Morales Bennett "
    "Farouk Lindgren Osei Pham Quintero Schwartz Takahashi Underwood Venkatesan Wolfe Ximenes "
    "Yilmaz Zamora Abbott Castellanos D'Angelo Eriksen Gallagher Hassan Iyer Jimenez Keller "
    "Lombardi Mbeki Novak Ortega Petrov Ramsey Sandoval Tran Usman Villanueva Whitaker "
    "Young-Baptiste Zhang Aguilar Bauer Coleman Dubois Espinoza Flynn Goldberg Hoang"
)


class Name(NamedTuple):
    """A given and a family name."""

    given: str
    family: str

    @property
    def whole(self) -> str:
        """As it is said."""
        return f"{self.given} {self.family}"

    def email(self, number: int) -> str:
        """An address at a domain that is kept for examples."""
        local = ".".join(
            "".join(c for c in fold_name(part) if c.isalnum()) for part in (self.given, self.family)
        )
        return f"{local}@example.{('com', 'org', 'net')[number % 3]}"


class Names:
    """Hands out names; no family name comes twice."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._given = {Sex.FEMALE: _FEMALE.split(), Sex.MALE: _MALE.split()}
        self._families = _FAMILY.split()
        chance.shuffle(self._families)

    def of(self, sex: Sex) -> Name:
        """A name nobody has yet."""
        given = self._chance.choice(self._given[sex])
        return Name(given, self._families.pop())

    def of_either(self) -> Name:
        """As `of`, for either sex."""
        return self.of(self._chance.choice((Sex.FEMALE, Sex.MALE)))
