"""Obverse: both sides of your data. Discriminative and generative models behind four queries, measured side by side.

import obverse

model = obverse.fit("joint_forest", table, "income", seed=0)
model.predict(rows), model.sample(100, given="age >= 60"), model.log_prob(rows), model.impute(rows)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "fit": "facade",
    "load": "facade",
    "list_families": "facade",
    "compare": "study.compare",
    "Model": "core.model",
    "between": "core.given",
    "missing": "core.given",
    "together": "core.constraints",
    "total": "core.constraints",
    "unique": "core.constraints",
    "read": "data.read",
    "ObverseError": "core.errors",
    "BadInput": "core.errors",
    "BadCondition": "core.errors",
    "CannotAnswer": "core.errors",
    "ImpossibleCondition": "core.errors",
    "NotFitted": "core.errors",
    "BrokenModel": "core.errors",
}

__all__ = [
    "BadCondition",
    "BadInput",
    "BrokenModel",
    "CannotAnswer",
    "ImpossibleCondition",
    "Model",
    "NotFitted",
    "ObverseError",
    "__version__",
    "between",
    "compare",
    "fit",
    "list_families",
    "load",
    "missing",
    "read",
    "together",
    "total",
    "unique",
]

if TYPE_CHECKING:
    from .core.constraints import together, total, unique
    from .core.errors import (
        BadCondition,
        BadInput,
        BrokenModel,
        CannotAnswer,
        ImpossibleCondition,
        NotFitted,
        ObverseError,
    )
    from .core.given import between, missing
    from .core.model import Model
    from .data.read import read
    from .facade import fit, list_families, load
    from .study.compare import compare


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'obverse' has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
