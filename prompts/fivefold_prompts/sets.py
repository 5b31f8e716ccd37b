"""Sets of prompts of one's own beside the shipped ones: kept by content, tagged, compared, taken back, passed on.

A set is values by name, as the prompt optimizer finds them. Its name for good is the SHA-256 of its content, so what
is kept never changes; only tags move, and every move is written down. The folder::

    sets/<id>.json      one set: values, parent, author, what it reached, why it was admitted
    sets/<id>.jsonl     what was measured of the same values later
    tags.jsonl          every move of a tag, the latest last
"""

import difflib
import hashlib
import json
import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fivefold_prompts.store import load, names
from fivefold_prompts.version import PromptError, PromptVersion

SETTINGS = ("form", "rounds", "samples")
"""What a set may hold beside prompts: settings of the agent, as text."""
SHIPPED = "shipped"
"""Name of the set that comes with the package: the latest version of each prompt."""
_TAG = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_MANIFEST = "set.json"
_MEASUREMENT = ("scores", "measured", "reason", "admission")


class PromptSet(BaseModel):
    """Values that belong together; it never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: dict[str, str]
    """Texts and settings by name."""
    parent: str | None = None
    """Id of the set that it was made from."""
    author: str = ""
    """Who made it."""
    created: str = Field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    """When it was kept first, ISO 8601."""
    scores: dict[str, float] = {}
    """What it reached, by the part of the cases: mean rung on `search`, share right on `gate`."""
    measured: str = ""
    """On which cases, with which LLM."""
    reason: str = ""
    """Why it was made or taken into use, in a sentence."""
    admission: dict[str, Any] = {}
    """Why it was promoted or not, as the gate wrote it."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.values or not all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in self.values):
            raise ValueError("a set has values, named by small letters, digits and `_`")
        return self

    @property
    def id(self) -> str:
        """Name for good: SHA-256 of the canonical JSON of the values."""
        text = json.dumps(self.values, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def shipped() -> PromptSet:
    """Return the prompts that come with the package as a set."""
    texts = {name: load(name).text for name in names()}
    return PromptSet(values=texts, author="the package", created="", reason="comes with the package")


def versions_of(kept: PromptSet) -> dict[str, PromptVersion]:
    """Return the prompts of a set, each under the number behind the shipped one that it takes the place of.

    Raises:
        PromptError: a value belongs to no shipped prompt, or could not be filled in where that one is.
    """
    found: dict[str, PromptVersion] = {}
    for name, text in kept.values.items():
        if name in SETTINGS:
            continue
        base = load(name)
        changed = {"number": base.number + 1, "text": text, "parent": base.ref, "author": kept.author}
        try:
            new = PromptVersion.model_validate({**base.model_dump(), **changed})
        except ValidationError as error:
            said = "; ".join(slip["msg"].removeprefix("Value error, ") for slip in error.errors())
            raise PromptError(f"The prompt {name!r} of the set {kept.id[:8]} cannot be used: {said}.") from error
        found[name] = base if text == base.text else new
    return found


class PromptSets:
    """The sets in a folder; what is written is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        """Take a folder; it is made when something is kept."""
        self._folder = folder

    def put(self, new: PromptSet) -> str:
        """Keep a set and return its id.

        One with the same values that is there already stays as it is; what was measured of it now is added.
        """
        path = self._folder / "sets" / f"{new.id}.json"
        if not path.exists():
            _write_whole(path, new.model_dump_json(indent=1) + "\n")
        elif new.measured and not any(_same_measurement(new, old) for old in self.measurements(new.id)):
            _add_line(path.with_suffix(".jsonl"), new.model_dump_json(include={*_MEASUREMENT, "created"}))
        return new.id

    def measurements(self, name: str) -> list[PromptSet]:
        """Return a set as it was kept first, and once for each later measurement of the same values."""
        first = self.get(name)
        later = _whole_lines(self._folder / "sets" / f"{first.id}.jsonl")
        return [first, *(first.model_copy(update=json.loads(line)) for line in later)]

    def _not_one(self, name: str, found: list[str]) -> str:
        if found:
            return f"{len(found)} prompt sets begin with {name!r}: {', '.join(found)}. Write more of one id."
        there = ", ".join([SHIPPED, *self.tags(), *(id[:8] for id in self.ids())])
        return f"There is no prompt set {name!r}. There are: {there}."

    def get(self, name: str) -> PromptSet:
        """Return a set by tag, id, the beginning of an id (six digits at least), or as `shipped`.

        Raises:
            PromptError: there is none or more than one, or its file was changed.
        """
        if name == SHIPPED:
            return shipped()
        wanted = self.tags().get(name, name)
        found = [id for id in self.ids() if id == wanted or (len(wanted) >= 6 and id.startswith(wanted))]
        if len(found) != 1:
            raise PromptError(self._not_one(name, found))
        path = self._folder / "sets" / f"{found[0]}.json"
        try:
            kept = PromptSet.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise PromptError(f"The set {found[0][:8]} cannot be read: {error}") from error
        if kept.id != found[0]:
            raise PromptError(f"The file of the set {found[0][:8]} was changed; put it back or take it away.")
        return kept

    def ids(self) -> list[str]:
        """Return the ids of all sets, sorted."""
        return sorted(path.stem for path in (self._folder / "sets").glob("*.json"))

    def tags(self) -> dict[str, str]:
        """Return the tags with the id of the set that each stands at."""
        return {tag: moves[-1]["id"] for tag, moves in self._moves().items()}

    def history(self, tag: str) -> list[dict[str, str]]:
        """Return the moves of a tag, the earliest first: `id`, `at`, and `why` where it was said."""
        return self._moves().get(tag, [])

    def tag(self, tag: str, name: str, why: str = "") -> None:
        """Let a tag stand at a set.

        Raises:
            PromptError: there is no such set, or the tag is no word of small letters.
        """
        if not _TAG.fullmatch(tag) or tag == SHIPPED:
            raise PromptError(f"{tag!r} is no tag; use small letters, digits, `-` and `_`, and not `{SHIPPED}`.")
        if re.fullmatch("[0-9a-f]{6,}", tag):
            raise PromptError(f"{tag!r} could be the beginning of an id; take another tag.")
        self._move(tag, self.put(self.get(name)), why)

    def rollback(self, tag: str, why: str = "") -> str:
        """Let a tag stand again where it stood before its latest move, and return that id; the move is written down.

        Raises:
            PromptError: it has stood nowhere else.
        """
        moves = [move["id"] for move in self.history(tag)]
        before = [id for id in moves[:-1] if id != moves[-1]]
        if not before:
            raise PromptError(f"The tag {tag!r} has stood nowhere else.")
        self._move(tag, before[-1], why or "rolled back")
        return before[-1]

    def diff(self, before: str, after: str, *, words: bool = False) -> str:
        """Return what two sets differ in, line by line as `diff -u` would, or word by word.

        Of the shipped set only the prompts that the other one has are compared.
        """
        old, new = self.get(before).values, self.get(after).values
        compared = set(new) if before == SHIPPED else set(old) if after == SHIPPED else set(old) | set(new)
        lines: list[str] = []
        for name in sorted(compared):
            one, other = old.get(name, ""), new.get(name, "")
            if words and one != other:
                lines += [f"{name}: {before} to {after}", word_diff(one, other)]
            elif not words:
                titles = (f"{name} {before}", f"{name} {after}")
                lines += difflib.unified_diff(one.splitlines(), other.splitlines(), *titles, lineterm="")
        return "\n".join(lines)

    def export(self, name: str, folder: Path) -> None:
        """Write a set as files that people can read and change: `<name>.md` for each value, and what it is.

        Raises:
            PromptError: the folder holds something already.
        """
        kept = self.get(name)
        if folder.exists() and any(folder.iterdir()):
            raise PromptError(f"The folder {folder.name!r} is not empty; name a new one.")
        folder.mkdir(parents=True, exist_ok=True)
        for value_name, text in kept.values.items():
            (folder / f"{value_name}.md").write_bytes(text.encode())
        about = {"id": kept.id, **kept.model_dump(mode="json", exclude={"values"})}
        (folder / _MANIFEST).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")

    def take(self, folder: Path, author: str = "") -> str:
        """Keep the set that `export` wrote, or that was changed since, and return its id; see `read`."""
        return self.put(self.read(folder, author))

    def read(self, folder: Path, author: str = "") -> PromptSet:
        """Return the set that `export` wrote.

        One that was changed since is a new set with that one as its parent: what was measured is not true of it.

        Raises:
            PromptError: the folder holds no set.
        """
        try:
            about = json.loads((folder / _MANIFEST).read_bytes())
            values = {path.stem: path.read_bytes().decode() for path in sorted(folder.glob("*.md"))}
            exported = about.pop("id", None)
            taken = PromptSet.model_validate({**about, "values": values})
        except (OSError, ValueError, TypeError) as error:
            raise PromptError(f"The folder {folder.name!r} holds no set of prompts: {error}") from error
        if exported is not None and taken.id != exported:
            taken = PromptSet(values=values, parent=exported, author=taken.author, reason="changed by hand")
        if author:
            taken = taken.model_copy(update={"author": author})
        return taken

    def _moves(self) -> dict[str, list[dict[str, str]]]:
        moves: dict[str, list[dict[str, str]]] = {}
        for line in _whole_lines(self._folder / "tags.jsonl"):
            move: dict[str, str] = json.loads(line)
            moves.setdefault(move.pop("tag"), []).append(move)
        return moves

    def _move(self, tag: str, id: str, why: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        move = {"tag": tag, "id": id, "at": at} | ({"why": why} if why else {})
        _add_line(self._folder / "tags.jsonl", json.dumps(move, ensure_ascii=False))


def word_diff(before: str, after: str) -> str:
    """Return a text as it is now, with the words taken out in [-...-] and those put in in {+...+}."""
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    pieces: list[str] = []
    for _, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i1:i2]), "".join(new[j1:j2])
        if gone == come:
            pieces.append(come)
            continue
        pieces.append((f"[-{gone}-]" if gone else "") + (f"{{+{come}+}}" if come else ""))
    return "".join(pieces)


def _same_measurement(one: PromptSet, other: PromptSet) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _MEASUREMENT)


def _whole_lines(path: Path) -> list[str]:
    """Return the lines of a file; what stands behind the last line break was cut short by a kill."""
    try:
        *lines, _ = path.read_text("utf-8").split("\n")
    except FileNotFoundError:
        return []
    return lines


def _add_line(path: Path, line: str) -> None:
    _write_whole(path, "".join(f"{one}\n" for one in [*_whole_lines(path), line]))


def _write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
