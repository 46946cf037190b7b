"""Every invariant, by name: the public functions of the modules beside this one."""

from collections.abc import Callable
from types import FunctionType

from tests.services.onboarding.invariants import (
    codes,
    growth,
    measurements,
    medications,
    messages,
    money,
    people,
    schedule,
    structure,
    times,
)
from tests.services.onboarding.sample import Sample

Invariant = Callable[[Sample], list[str]]

INVARIANTS: dict[str, Invariant] = {
    name: function
    for module in (
        people,
        structure,
        times,
        schedule,
        codes,
        medications,
        measurements,
        money,
        growth,
        messages,
    )
    for name, function in vars(module).items()
    if isinstance(function, FunctionType)
    and function.__module__ == module.__name__
    and not name.startswith("_")
}
