"""Plots as plain SVG, readable on light and on dark pages."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 460, 320
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 40, 46

STYLE = """
  svg { font: 12px system-ui, sans-serif; color: #24292f; background: #ffffff }
  text { fill: currentColor }
  .title { font-weight: 600; font-size: 13px }
  .axis, .tick { stroke: currentColor; fill: none }
  .tick { stroke-opacity: .15 }
  .s0 { stroke: #0b63c4; fill: #0b63c4 } .s1 { stroke: #b3541e; fill: #b3541e } .s2 { stroke: #6b7280; fill: #6b7280 }
  path.line { fill: none; stroke-width: 2 } .dashed { stroke-dasharray: 5 4 } text.label { stroke: none }
  @media (prefers-color-scheme: dark) {
    svg { color: #e6edf3; background: #0d1117 }
    .s0 { stroke: #6cb0ff; fill: #6cb0ff } .s1 { stroke: #ffa168; fill: #ffa168 } .s2 { stroke: #9aa4b2; fill: #9aa4b2 }
  }
"""


@dataclass(frozen=True)
class Series:
    """Points of one thing: joined by a line, or dots with the series' name beside them.

    Args:
        colour: 0 to 2.
    """

    name: str
    points: list[tuple[float, float]]
    colour: int = 0
    line: bool = True
    dashed: bool = False


@dataclass(frozen=True)
class Chart:
    """One panel.

    Args:
        log: whether both axes are logarithmic; else only the x axis is.
    """

    title: str
    x: str
    y: str
    series: list[Series]
    log: bool = True


def svg(charts: list[Chart]) -> str:
    """The charts side by side."""
    panels = "\n".join(
        f'<g transform="translate({n * WIDTH} 0)">\n{_panel(chart)}\n</g>' for n, chart in enumerate(charts)
    )
    size = f'width="{len(charts) * WIDTH}" height="{HEIGHT}" viewBox="0 0 {len(charts) * WIDTH} {HEIGHT}"'
    titles = escape("; ".join(chart.title for chart in charts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><title>{titles}</title>'
        f"<style>{STYLE}</style>\n{panels}\n</svg>\n"
    )


def _panel(chart: Chart) -> str:
    points = [point for series in chart.series for point in series.points]
    across = _Axis([x for x, _ in points], LEFT, WIDTH - RIGHT, log=True)
    up = _Axis([y for _, y in points], HEIGHT - BOTTOM, TOP, log=chart.log)
    parts = [f'<text class="title" x="{LEFT}" y="20">{escape(chart.title)}</text>']
    for value in across.ticks:
        at = across(value)
        parts.append(f'<path class="tick" d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{_number(value)}</text>')
    for value in up.ticks:
        at = up(value)
        parts.append(f'<path class="tick" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{_number(value)}</text>')
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>')
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{escape(chart.x)}</text>'
    )
    parts.append(f'<text x="{LEFT - 44}" y="{TOP - 8}">{escape(chart.y)}</text>')
    said: list[tuple[float, float]] = []
    parts += [_drawn(series, across, up, said) for series in chart.series if series.points]
    return "\n".join(parts)


def _drawn(series: Series, across: "_Axis", up: "_Axis", said: list[tuple[float, float]]) -> str:
    """A series and its name; `said` collects where names stand, so that none covers another."""
    at = [(across(x), up(y)) for x, y in series.points]
    parts = []
    if series.line:
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
        parts.append(f'<path class="line s{series.colour}{" dashed" if series.dashed else ""}" d="{path}"/>')
    if not series.dashed:
        parts += [f'<circle class="s{series.colour}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in at]
    x, y = at[-1]
    left = x > WIDTH - RIGHT - 8 * len(series.name)
    line = y - 7 if series.line else y + 4
    while any(abs(x - other) < 130 and abs(line - taken) < 12 for other, taken in said):
        line += 1
    said.append((x, line))
    place = f'x="{x - 6 if left else x + 7:.1f}" y="{line:.1f}"'
    anchor = ' text-anchor="end"' if left else ""
    parts.append(f'<text class="label s{series.colour}" {place}{anchor}>{escape(series.name)}</text>')
    return "\n".join(parts)


class _Axis:
    """Values to pixels, and the round values in between."""

    def __init__(self, values: list[float], begin: float, end: float, *, log: bool) -> None:
        self._turn: Callable[[float], float] = math.log10 if log else float
        low, high = min(values), max(values)
        if log:
            decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            steps = (1, 2, 5) if len(decades) <= 3 else (1,)
            ticks = [step * 10.0**n for n in decades for step in steps]
            low = max((tick for tick in ticks if tick <= low), default=low)
            high = min((tick for tick in ticks if tick >= high), default=high)
            self.ticks = [tick for tick in ticks if low <= tick <= high]
        else:
            step = 10 ** math.floor(math.log10((high - low) or 1))
            step = next(part for part in (step / 5, step / 2, step, 2 * step) if (high - low) / part <= 8)
            low, high = math.floor(low / step) * step, math.ceil(high / step) * step
            self.ticks = [round(low + n * step, 9) for n in range(round((high - low) / step) + 1)]
        self._low, self._span = self._turn(low), (self._turn(high) - self._turn(low)) or 1.0
        self._begin, self._length = begin, end - begin

    def __call__(self, value: float) -> float:
        return self._begin + (self._turn(value) - self._low) / self._span * self._length


def _number(value: float) -> str:
    for size, letter in ((1_000_000, " M"), (1_000, " k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
