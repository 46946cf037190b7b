"""Every table, imported once so that `metadata` is whole."""

import pkgutil
from importlib import import_module

from sqlmodel import SQLModel

import models

for _module in pkgutil.iter_modules(models.__path__):
    if _module.name != "schema":
        import_module(f"models.{_module.name}")

metadata = SQLModel.metadata
