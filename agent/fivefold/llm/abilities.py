"""What an endpoint turned out to support, remembered per base URL and LLM in a small file and in memory."""

import hashlib
import json
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from fivefold.llm.reply import Rung, Schema
from fivefold.llm.structured import RUNGS, weaker

KEPT_S = 7 * 24 * 3600.0
"""Seconds after which an endpoint is tried afresh: servers are updated."""


@dataclass(slots=True, kw_only=True)
class Ability:
    """What one LLM at one endpoint supports."""

    top: Rung = "json_schema"
    """Strongest rung that is worth asking with."""
    schemas: dict[str, Rung] = field(default_factory=dict[str, Rung])
    """Rung for schemas that the endpoint could not take at `top`, by hash."""
    refused: set[str] = field(default_factory=set[str])
    """Options of the request that the endpoint does not take, e.g. `temperature`."""
    found_at: float = field(default_factory=time.time)
    """Unix time at which the first of this was found out."""

    def rung(self, schema: Schema) -> Rung:
        """Return the rung to start at."""
        return weaker(self.top, self.schemas.get(schema_hash(schema), self.top))

    def lower(self, rung: Rung, schema: Schema | None) -> None:
        """Remember that a rung above this one failed, for one schema or (None) for all."""
        if schema is None:
            self.top = weaker(self.top, rung)
        else:
            self.schemas[schema_hash(schema)] = rung


def schema_hash(schema: Schema) -> str:
    """Return a short name for a schema."""
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()[:16]


class AbilityFile:
    """The file; writes replace it whole, the last one wins: what is lost is found out again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Ability] = {}

    def get(self, base_url: str, llm: str) -> Ability:
        """Return what is known, fresh defaults where nothing is."""
        name = f"{base_url} {llm}"
        if name not in self._known:
            self._known[name] = _ability_of(self._read().get(name)) or Ability()
        return self._known[name]

    def save(self, base_url: str, llm: str) -> None:
        """Write what is known of one LLM; a file that cannot be written costs a repeated question, no error."""
        name = f"{base_url} {llm}"
        ability = self._known[name]
        kept = {
            "top": ability.top,
            "schemas": ability.schemas,
            "refused": sorted(ability.refused),
            "found_at": ability.found_at,
        }
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            text = json.dumps(self._read() | {name: kept}, indent=1, sort_keys=True)
            handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=".abilities-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as stream:
                    stream.write(text)
                os.replace(temporary, self._path)
            except OSError:
                os.unlink(temporary)
                raise

    def _read(self) -> dict[str, Any]:
        try:
            kept: Any = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return cast(dict[str, Any], kept) if isinstance(kept, dict) else {}


def _ability_of(kept: Any) -> Ability | None:
    """Return an entry of the file, None where it is too old or no entry of ours."""
    if not isinstance(kept, dict):
        return None
    entry = cast(dict[str, Any], kept)
    try:
        found_at = float(entry["found_at"])
        rungs: dict[str, Rung] = {str(name): RUNGS[RUNGS.index(rung)] for name, rung in entry["schemas"].items()}
        top = RUNGS[RUNGS.index(entry["top"])]
        refused = {str(option) for option in entry["refused"]}
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if not 0 <= time.time() - found_at < KEPT_S:
        return None
    return Ability(top=top, schemas=rungs, refused=refused, found_at=found_at)
