"""Results as JSON-like data that every reader takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, cast

import numpy as np
from pydantic import BaseModel

from fivefold_solvers.analyze.instance import Instance
from fivefold_solvers.build.arrays import Arrays


def plain(value: object) -> Any:
    """Return a result as JSON-like data; the arrays that a solver was given are left out."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.ndarray | np.generic):
        return plain(cast("Any", value).tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else "inf" if value > 0 else "-inf"
    if is_dataclass(value) and not isinstance(value, type):
        own = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: plain(part) for name, part in own.items() if not isinstance(part, Arrays | Instance)}
    if isinstance(value, Mapping):
        table = cast("Mapping[object, object]", value)
        if all(isinstance(key, str) for key in table):
            return {str(key): plain(part) for key, part in table.items()}
        return [[plain(key), plain(part)] for key, part in table.items()]
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in cast("list[object]", value)]
    return value if value is None or isinstance(value, bool | int | str) else str(value)
