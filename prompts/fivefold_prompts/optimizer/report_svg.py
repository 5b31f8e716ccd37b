"""The two pictures of a search's page as inline SVG: the curve of the best score, and who came from whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from fivefold_prompts.optimizer.report_facts import Proposal, Scored

WIDTH = 760
_LEFT, _RIGHT, _TOP, _BOTTOM, _HEIGHT = 52, 16, 12, 40, 250
_ROW, _INDENT, _REFUSED = 24, 14, 530


def curve(scored: Sequence[Scored], spent: Callable[[Scored], float], x_name: str, best: str | None) -> str:
    """Return scores against what had been spent: a dot each, a line through the best so far, dashed its share right."""
    most = max((spent(one) for one in scored), default=0.0) or 1.0
    parts = [_frame(x_name, most)]
    for name, value in (("s-main", _score), ("s-good", _share)):
        dashes = ' stroke-dasharray="5 4"' if name == "s-good" else ""
        line = _steps([(_x(spent(one) / most), _y(value(top))) for one, top in _best_so_far(scored)])
        parts.append(f'<path d="{line}" fill="none" class="{name}" stroke-width="2"{dashes}/>')
    for one in scored:
        title = f"{one.id[:8]}: score {one.score:.3f}, {one.right} of {one.cases} right, {spent(one):,.0f} {x_name}"
        ring = ' stroke="currentColor" stroke-width="2"' if one.id == best else ""
        parts.append(
            f'<circle cx="{_x(spent(one) / most):.1f}" cy="{_y(one.score):.1f}" r="4.5" class="f-main"{ring}>'
            f"<title>{escape(title)}</title></circle>"
        )
    return _svg(_HEIGHT, "".join(parts), f"best score against {x_name}")


def tree(scored: Sequence[Scored], proposals: Sequence[Proposal], best: str | None, promoted: bool) -> str:
    """Return the candidates that ran on all search cases, each below whom it came from; small dots: the refused."""
    known = {one.id: one for one in scored}
    children: dict[str | None, list[Scored]] = {}
    for one in known.values():
        children.setdefault(one.parent if one.parent in known else None, []).append(one)
    refused: dict[str, list[Proposal]] = {}
    for proposal in proposals:
        if proposal.id not in known and not proposal.outcome.startswith("kept"):
            refused.setdefault(proposal.parent, []).append(proposal)
    rows = _ordered(children)
    lines = {one.id: place for place, (one, _) in enumerate(rows)}
    parts: list[str] = []
    for place, (one, depth) in enumerate(rows):
        x, y = 14 + _INDENT * min(depth, 12), _ROW * place + 16
        if one.parent in lines:
            top = _ROW * lines[one.parent] + 22
            parts.append(
                f'<path d="M{x - _INDENT} {top}V{y}H{x - 6}" fill="none" stroke="currentColor" opacity="0.35"/>'
            )
        colour = "f-good" if one.id == best and promoted else "f-main"
        ring = ' stroke="currentColor" stroke-width="2"' if one.id == best else ""
        parts.append(f'<circle cx="{x}" cy="{y}" r="6" class="{colour}"{ring}/>')
        parts.append(f'<text x="{x + 14}" y="{y + 4}">{escape(_label(one, best, promoted))}</text>')
        parts.append(_dots(refused.get(one.id, ()), y))
    return _svg(_ROW * len(rows) + 10, "".join(parts), "candidates and whom they came from")


def _label(one: Scored, best: str | None, promoted: bool) -> str:
    role = "in use, " if one.step < 0 else f"step {one.step + 1}, "
    end = "" if one.id != best else ", promoted" if promoted else ", best"
    return f"{one.id[:8]}  {role}score {one.score:.3f}, {one.right} of {one.cases} right{end}"


def _dots(refused: Sequence[Proposal], y: float) -> str:
    room = int((WIDTH - _REFUSED - 40) / 12)
    dots = "".join(
        f'<circle cx="{_REFUSED + 12 * place}" cy="{y}" r="3.5" fill="none" class="s-bad" stroke-width="1.5">'
        f"<title>{escape(f'{one.step + 1}.{one.number + 1}: {one.outcome}')}</title></circle>"
        for place, one in enumerate(refused[:room])
    )
    more = len(refused) - room
    return dots + (f'<text x="{WIDTH - 36}" y="{y + 4}">+{more}</text>' if more > 0 else "")


def _ordered(children: Mapping[str | None, Sequence[Scored]]) -> list[tuple[Scored, int]]:
    """Return every candidate with its depth, children right behind their parent."""
    rows: list[tuple[Scored, int]] = []
    waiting = [(one, 0) for one in reversed(children.get(None, ()))]
    while waiting:
        one, depth = waiting.pop()
        rows.append((one, depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(one.id, ()))]
    return rows


def _best_so_far(scored: Sequence[Scored]) -> list[tuple[Scored, Scored]]:
    """Return each candidate with the highest score up to it."""
    found: list[tuple[Scored, Scored]] = []
    for one in scored:
        top = one if not found or one.score > found[-1][1].score else found[-1][1]
        found.append((one, top))
    return found


def _score(one: Scored) -> float:
    return one.score


def _share(one: Scored) -> float:
    return one.right / one.cases


def _steps(points: Sequence[tuple[float, float]]) -> str:
    if not points:
        return ""
    first, *rest = points
    return f"M{first[0]:.1f} {first[1]:.1f}" + "".join(f"H{x:.1f}V{y:.1f}" for x, y in rest)


def _frame(x_name: str, most: float) -> str:
    parts: list[str] = []
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10)
        parts.append(
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" opacity="0.15"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tenth / 10:.1f}</text>'
        )
    for quarter in range(5):
        anchor = "end" if quarter == 4 else "middle"
        place = f'x="{_x(quarter / 4):.1f}" y="{_HEIGHT - 22}" text-anchor="{anchor}"'
        parts.append(f"<text {place}>{most * quarter / 4:,.0f}</text>")
    parts.append(f'<text x="{_x(0.5):.1f}" y="{_HEIGHT - 4}" text-anchor="middle">{escape(x_name)}</text>')
    return "".join(parts)


def _svg(height: float, inside: str, name: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" role="img" aria-label="{escape(name)}" '
        f'font-size="12" fill="currentColor">{inside}</svg>'
    )


def _x(share: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * share


def _y(value: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value
