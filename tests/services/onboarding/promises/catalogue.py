"""Every promise, by name: the public functions of the modules beside this one."""

from collections.abc import Callable
from types import FunctionType

from tests.services.onboarding.promises import business, chart, schedule
from tests.services.onboarding.promises.found import Found
from tests.services.onboarding.sample import Sample

PROMISES: dict[str, Callable[[Sample], Found]] = {
    name: function
    for module in (chart, schedule, business)
    for name, function in vars(module).items()
    if isinstance(function, FunctionType)
    and function.__module__ == module.__name__
    and not name.startswith("_")
}
