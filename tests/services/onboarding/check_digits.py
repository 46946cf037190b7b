"""The check digits of LOINC (Mod 10) and SNOMED CT (Verhoeff)."""

_D = [[0] * 10 for _ in range(10)]
for _a in range(10):
    for _b in range(10):
        # the dihedral group of the pentagon: 0-4 turn, 5-9 mirror
        turn = _a + _b if _a < 5 else _a - _b
        mirrored = (_a < 5) != (_b < 5)
        _D[_a][_b] = turn % 5 + 5 * mirrored

_P = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
for _ in range(6):
    _P.append([_P[-1][digit] for digit in _P[1]])


def has_loinc_check_digit(code: str) -> bool:
    """Whether the digit behind the hyphen is that of the number before it."""
    number, _, check = code.partition("-")
    if not (number.isdigit() and check.isdigit() and len(check) == 1):
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return (10 - total % 10) % 10 == int(check)


def has_snomed_check_digit(code: str) -> bool:
    """Whether a concept identifier ends with its Verhoeff digit."""
    if not code.isdigit() or not 6 <= len(code) <= 18:
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = _D[check][_P[place % 8][int(digit)]]
    return check == 0
