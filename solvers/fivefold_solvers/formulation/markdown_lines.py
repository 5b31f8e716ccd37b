"""The lines of a Markdown text sorted into sections, elements and their fields; nothing is understood yet."""

import re
from dataclasses import dataclass, field

from fivefold_solvers.formulation.finding import Finding, note
from fivefold_solvers.formulation.markdown_item import Section, section_of
from fivefold_solvers.formulation.markdown_text import unescape

_BULLET = re.compile(r"(\s*)(?:[-*+•]|\d{1,4}[.)])(?:\s+(.*))?\Z")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*)")
_INLINE = re.compile(r"\W*(objective(?: function)?)\**\s*:\s*\**\s*(\S.*)", re.IGNORECASE)
_FIELD = re.compile(r"([A-Za-z][A-Za-z ]{0,20}?)\s*:(?:\s+(.*))?\Z")

Line = tuple[int, str]
"""Number and text of a line."""


@dataclass(slots=True)
class Item:
    """The lines of one element."""

    number: int
    text: str
    fields: list[Line] = field(default_factory=list[Line])
    table: list[Line] = field(default_factory=list[Line])

    def split_fields(self) -> list[tuple[int, str, str]]:
        """Return number, key in lower case and value of each field; the key is empty where there is none."""
        found: list[tuple[int, str, str]] = []
        for number, text in self.fields:
            match = None if text.startswith("`") else _FIELD.match(re.sub(r"\A\*\*(.*?):?\*\*:?", r"\1:", text))
            found.append((number, match[1].lower(), match[2] or "") if match else (number, "", text))
        return found


@dataclass(slots=True)
class Layout:
    """A text sorted into its parts."""

    title: str = ""
    version: int = 1
    sections: dict[Section, list[Item]] = field(default_factory=dict["Section", list[Item]])
    findings: list[Finding] = field(default_factory=list[Finding])


def sort_lines(text: str) -> Layout:
    """Return the sections of a text with their elements' lines."""
    sorter = _Sorter()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        sorter.line(number, line.expandtabs(4).rstrip())
    return sorter.layout


class _Sorter:
    def __init__(self) -> None:
        self.layout = Layout()
        self.items: list[Item] | None = None
        """Elements of the section that is being read; None outside of the known ones."""
        self.indent = 0
        """How far the section's elements are indented."""

    def note(self, number: int, message: str) -> None:
        self.layout.findings.append(note("slip", f"line {number}", message))

    def line(self, number: int, line: str) -> None:
        if not line.strip() or line.lstrip().startswith("```") or re.fullmatch(r"\s*([-*_])(?:\s*\1){2,}", line):
            return
        heading = _HEADING.match(line)
        if heading or self.names_section(line):
            self.heading(number, line, heading)
        elif not self.layout.sections and (about := re.match(r"(Title|Version):\s*(.*)", line)):
            self.about(number, about[1], about[2])
        elif inline := self.inline_objective(line):
            self.open(number, "objective")
            self.entry(number, inline)
        elif self.items is None:
            self.note(number, f"`{_short(line)}` stands under none of the headings and was left out")
        else:
            self.content(number, line)

    def names_section(self, line: str) -> bool:
        """Whether a line without `#` is a heading: `**Sets**` or `Sets:`."""
        plain = line.strip()
        decorated = plain.endswith(":") or (plain.startswith("**") and plain.endswith("**"))
        return decorated and not _BULLET.match(line) and section_of(plain) is not None

    def inline_objective(self, line: str) -> str:
        match = None if _BULLET.match(line) or line.startswith(" ") else _INLINE.fullmatch(line)
        return match[2] if match else ""

    def about(self, number: int, key: str, value: str) -> None:
        if key == "Title":
            self.layout.title = unescape(value)
        elif re.fullmatch(r"-?\d{1,9}", value):
            self.layout.version = int(value)
        else:
            self.note(number, f"the version `{_short(value)}` is no number and was left out")

    def heading(self, number: int, line: str, heading: re.Match[str] | None) -> None:
        words = heading[2].strip() if heading else line.strip()
        section = section_of(words)
        if section is not None:
            self.open(number, section)
            if not heading or words.lower() != section:
                self.note(number, f"`{_short(words)}` was read as the heading {section.capitalize()}")
        elif heading and len(heading[1]) == 1 and not self.layout.sections and not self.layout.title:
            self.layout.title = unescape(words)
        else:
            self.items = None
            self.note(number, f"the part under `{_short(words)}` was left out")

    def open(self, number: int, section: Section) -> None:
        if section in self.layout.sections:
            self.note(number, f"the heading {section.capitalize()} comes again; both parts were read")
        self.items = self.layout.sections.setdefault(section, [])
        self.indent = -1

    def content(self, number: int, line: str) -> None:
        assert self.items is not None
        bullet = _BULLET.match(line)
        indent = len(line) - len(line.lstrip())
        last = self.items[-1] if self.items and self.indent >= 0 else None
        if line.lstrip().startswith("|") and last is not None:
            last.table.append((number, line.strip()))
        elif last is None or indent < self.indent + 2:
            self.indent = indent if last is None else self.indent
            text = (bullet[2] or "") if bullet else line.strip()
            # Only an assumption may be empty: it is text alone.
            may_be_empty = self.items is self.layout.sections.get("assumptions")
            if (text or may_be_empty) if bullet else text.strip("*_. ").lower() != "none":
                self.entry(number, text)
        elif bullet:
            last.fields.append((number, bullet[2] or ""))
        elif last.fields:
            place, text = last.fields[-1]
            last.fields[-1] = (place, f"{text} {line.strip()}")
        else:
            last.text = f"{last.text} {line.strip()}"

    def entry(self, number: int, text: str) -> None:
        assert self.items is not None
        self.indent = max(self.indent, 0)
        self.items.append(Item(number, text))


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= 40 else f"{text[:37]}..."
