"""Discovery of plugins: a folder holds a `base.py` and equals, one public class a file."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: ModuleType, base: type[T]) -> list[type[T]]:
    """The concrete subclasses of `base` that the modules of `package` define, by module name."""
    found: list[type[T]] = []
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        names = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
        found += [
            member
            for member in names.values()
            if inspect.isclass(member)
            and issubclass(member, base)
            and member.__module__ == f"{package.__name__}.{module.name}"
            and not inspect.isabstract(member)
        ]
    return found
