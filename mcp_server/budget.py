"""The size of answers: counted as UTF-8 bytes / 4, as SPEC 6 counts tokens."""

from typing import Final

BYTES_A_TOKEN: Final = 4
LARGEST_ANSWER: Final = 8_000 * BYTES_A_TOKEN
