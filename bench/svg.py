"""Charts as SVG: lines over a number, bars by name, flame graphs. Readable on light and dark pages, without script."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 70, 50
_BAR, _GAP, _BAR_LEFT, _BAR_RIGHT = 14, 10, 220, 60
_TICKS = 5
_DIGIT = 7
"""The approximate width of a letter."""
# Okabe and Ito's colours, which everybody can tell apart.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-size: 15px; font-weight: 600 }
.flame { font-size: 11px; fill: #222 }
.grid { stroke: #8884 } .axis { stroke: #888 } .limit { stroke: #c00; stroke-dasharray: 6 4 }
@media (prefers-color-scheme: dark) { text:not(.flame) { fill: #ddd } }
"""

_FLAME_WIDTH, _FLAME_ROW, _FLAME_TOP = 1200, 17, 36
_MIN_SHARE = 0.004
"""The share of all samples below which nothing is drawn."""
_OURS = "menagerie/"

Points = Sequence[tuple[float, float]]


@dataclass
class _Drawing:
    """A drawing, made piece by piece."""

    title: str
    width: int
    height: int
    pieces: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, text: str, *, anchor: str = "start", kind: str = "") -> None:
        self.pieces.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>')

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        self.pieces.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>')

    def legend(self, names: Sequence[str]) -> None:
        """Add the names of what is shown, each next to its colour, below the title."""
        x = 20.0
        for name, colour in zip(names, itertools.cycle(_COLOURS), strict=False):
            self.pieces.append(f'<rect x="{x:.1f}" y="36" width="12" height="12" fill="{colour}"/>')
            self.text(x + 17, 46, name)
            x += 35 + _DIGIT * len(name)

    def whole(self) -> str:
        self.text(20, 22, self.title, kind="title")
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" role="img">',
                f"<title>{escape(self.title)}</title>",
                f"<style>{_STYLE}</style>",
                *self.pieces,
                "</svg>\n",
            ]
        )


def lines(title: str, x_name: str, y_name: str, series: Mapping[str, Points], *, limit: float | None = None) -> str:
    """A chart with a line through the points of each name; the figures should stay below the limit."""
    drawing = _Drawing(f"{title}, {y_name}", _WIDTH, _HEIGHT)
    drawing.legend(list(series))
    points = [point for each in series.values() for point in each]
    most_x, most_y = max(x for x, _ in points), max([limit or 0, *(y for _, y in points)])
    x_ticks, y_ticks = _ticks(most_x), _ticks(most_y)
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + (right - _LEFT) * x / x_ticks[-1], bottom - (bottom - _TOP) * y / y_ticks[-1]

    for tick in y_ticks:
        y = place(0, tick)[1]
        drawing.line(_LEFT, y, right, y, "grid" if tick else "axis")
        drawing.text(_LEFT - 8, y + 4, _formatted(tick), anchor="end")
    for tick in x_ticks:
        drawing.text(place(tick, 0)[0], bottom + 18, _formatted(tick), anchor="middle")
    drawing.text((_LEFT + right) / 2, _HEIGHT - 10, x_name, anchor="middle")
    if limit is not None:
        drawing.line(*place(0, limit), *place(x_ticks[-1], limit), "limit")
    for each, colour in zip(series.values(), itertools.cycle(_COLOURS), strict=False):
        placed = [place(*point) for point in sorted(each)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        drawing.pieces.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawing.pieces += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
    return drawing.whole()


def bars(title: str, unit: str, rows: Mapping[str, Mapping[str, float]]) -> str:
    """A chart with a bar for each value of each name."""
    names = list(dict.fromkeys(name for values in rows.values() for name in values))
    height = _TOP + sum(_BAR * len(values) + _GAP for values in rows.values())
    drawing = _Drawing(f"{title}, {unit}", _WIDTH, height)
    if len(names) > 1:
        drawing.legend(names)
    most = max(value for values in rows.values() for value in values.values())
    y = float(_TOP)
    for row, values in rows.items():
        drawing.text(_BAR_LEFT - 8, y + _BAR * len(values) / 2 + 4, row, anchor="end")
        for name, value in values.items():
            width = (_WIDTH - _BAR_LEFT - _BAR_RIGHT) * value / most
            colour = _COLOURS[names.index(name) % len(_COLOURS)]
            size = f'width="{width:.1f}" height="{_BAR - 2}"'
            drawing.pieces.append(f'<rect x="{_BAR_LEFT}" y="{y:.1f}" {size} fill="{colour}"/>')
            drawing.text(_BAR_LEFT + width + 5, y + _BAR - 3, _formatted(round(value)))
            y += _BAR
        y += _GAP
    return drawing.whole()


def flames(title: str, samples: Mapping[tuple[str, ...], int]) -> str:
    """A flame graph that hangs from the top: each function below its caller, as wide as its share of the samples."""
    drawing = _Drawing(title, _FLAME_WIDTH, 0)
    total = sum(samples.values())

    def hang(stacks: Mapping[tuple[str, ...], int], left: float, depth: int) -> None:
        below: dict[str, dict[tuple[str, ...], int]] = {}
        for stack, count in stacks.items():
            if stack:
                below.setdefault(stack[0], {})[stack[1:]] = count
        for name, inner in sorted(below.items()):
            share = sum(inner.values()) / total
            if share >= _MIN_SHARE:
                _flame(drawing, name, left, depth, share)
                hang(inner, left, depth + 1)
                left += share * _FLAME_WIDTH

    hang(samples, 0, 0)
    return drawing.whole()


def _flame(drawing: _Drawing, name: str, left: float, depth: int, share: float) -> None:
    width, top = share * _FLAME_WIDTH, _FLAME_TOP + depth * _FLAME_ROW
    drawing.height = max(drawing.height, top + _FLAME_ROW + 10)
    colour = _COLOURS[4] if _OURS in name else _COLOURS[5]
    function = name.split(" · ", maxsplit=1)[0]
    shown = function[: max(0, int(width / _DIGIT) - 1)]
    drawing.pieces.append(
        f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_FLAME_ROW - 1}" fill="{colour}">'
        f"<title>{escape(name)}: {100 * share:.1f} %</title></rect>"
    )
    if len(shown) > 2:
        drawing.pieces.append(f'<text x="{left + 3:.1f}" y="{top + 12}" class="flame">{escape(shown)}</text>')


def _ticks(most: float) -> list[float]:
    """Round numbers from 0 to at least `most`."""
    rough = (most or 1) / _TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    return [number * step for number in range(math.ceil((most or 1) / step) + 1)]


def _formatted(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"
