"""A model inside a model: the families of a hybrid, named by key, fitted on encoded data and saved in its state."""

# pyright: reportPrivateUsage=false
# (a hybrid calls the hooks of the families inside it)

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from ..core import lookup, params
from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Query
from ..core.schema import Array, Dataset, Schema
from ..core.store import State


def family_of(key: Any, argument: str, query: Query, suits: Callable[[type[Model]], bool]) -> type[Model]:
    """The family that an argument of a hybrid names.

    Raises:
        BadInput: it is no key, or of a family that does not suit; those that do are listed.
    """
    known = [k for k in lookup.able(query, modality="table", target=None) if suits(lookup.get(k))]
    if not isinstance(key, str) or key not in known:
        raise BadInput(f"{argument} must be one of {', '.join(known)}, not {key!r}")
    return lookup.get(key)


def arguments_of(family: type[Model], given: Any, argument: str) -> dict[str, Any]:
    """Constructor arguments of a family inside, from a mapping or None; BadInput names what it does not take."""
    if given is not None and not isinstance(given, Mapping):
        raise BadInput(f"{argument} must be a dict of arguments of {family.card.key} or None, not {given!r}")
    arguments = {str(k): v for k, v in cast("Mapping[Any, Any]", given or {}).items()}
    params.check(family, arguments, f"{argument}: {family.card.key}")
    return arguments


def fitted(family: type[Model], arguments: Mapping[str, Any], data: Dataset, rng: np.random.Generator) -> Any:
    """A model of the family with these arguments, fitted to encoded data; every draw comes from `rng`."""
    model = family(**arguments)
    model._fit(data, rng)
    model._set_schema(data.schema)
    return model


def state_of(model: Model) -> State:
    """What rebuilds it through `restored`."""
    arguments = {k: v for k, v in model.get_params().items() if k != "random_state"}
    return {"key": model.card.key, "arguments": arguments, "learned": model._state()}


def restored(state: State, schema: Schema) -> Any:
    """Inverse of `state_of`, given the schema it was fitted under; BadInput when the key names no family."""
    family = lookup.get(state["key"])
    params.check(family, state["arguments"], state["key"])
    model: Model = family(**state["arguments"])
    model._set_schema(schema)
    model._restore(state["learned"])
    return model


def features_only(schema: Schema) -> Schema:
    """The schema of x: all columns but the target."""
    return replace(schema, columns=tuple(schema.columns[j] for j in schema.features), target=None, notes=())


def x_of(data: Dataset) -> Dataset:
    """The same rows without their target."""
    return replace(data, schema=features_only(data.schema), values=data.x)


def evidence_of_x(evidence: Evidence, schema: Schema) -> Evidence:
    """What is known of x, in the columns of `features_only`."""
    features = list(schema.features)
    regions = {i: evidence.regions[j] for i, j in enumerate(features) if j in evidence.regions}
    return Evidence(evidence.values[:, features], regions)


def joined(schema: Schema, x: Array, y: Any) -> Array:
    """Rows of all columns from those of x (n, d-1) and the target, one value or (n,)."""
    out = np.empty((len(x), len(schema.columns)))
    out[:, list(schema.features)] = x
    out[:, target_of(schema)] = y
    return out


def target_of(schema: Schema) -> int:
    """Position of the target, which the caller knows to be there."""
    t = schema.target_index
    assert t is not None
    return t
