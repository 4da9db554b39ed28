"""What a contest is told as: a table for the terminal and the document, and the part of the document it replaces."""

import os
import platform
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from infra.bench.contest import Cost, Json, Row

HEAD = (
    "case",
    "by",
    "placed",
    "rules broken",
    "relevance",
    "of bound",
    "independent",
    "of bound",
    "worst group",
    "same theme",
    "seconds",
    "processor",
    "MB",
)


def cells(row: Row) -> tuple[str, ...]:
    """One line of the table; figures of several seeds are medians, with half their range as the noise."""
    if not row.verdicts:
        return (row.case, row.who, row.trouble or "no plan", *[""] * (len(HEAD) - 3))
    verdicts, facts = row.verdicts, row.facts
    placed = statistics.median_low([verdict["placed"] for verdict in verdicts])
    relevance, judged = _of(verdicts, "relevance"), _of(verdicts, "judged")
    seated = placed / max(1, facts["placeable"])
    return (
        row.case,
        row.who,
        f"{placed:,} of {facts['placeable']:,}",
        str(max(verdict["broken"] for verdict in verdicts)),
        _noisy(relevance),
        _share(relevance, seated, facts["bound"]),
        _noisy(judged),
        _share(judged, seated, facts["judge_bound"]),
        f"{statistics.median(_of(verdicts, 'worst')):.3f}",
        "" if verdicts[0]["theme"] is None else f"{100 * statistics.median(_of(verdicts, 'theme')):.0f} %",
        *(_cost(row.costs, of) for of in (lambda cost: cost.wall, lambda cost: cost.processor)),
        f"{statistics.median(cost.peak for cost in row.costs):,.0f}",
    )


def table(rows: list[Row]) -> str:
    """The table as Markdown; a case is named once."""
    lines = [HEAD, ("---", "---", *["--:"] * (len(HEAD) - 2))]
    before = ""
    for row in rows:
        case, *rest = cells(row)
        lines.append(("" if case == before else case, *rest))
        before = case
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plain(rows: list[Row]) -> str:
    """The same for a terminal."""
    lines = [HEAD, *(cells(row) for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n < 2 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def circumstances() -> str:
    """The machine and the day, in a sentence."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores of {model}, {memory:.0f} GB, "
        f"Python {platform.python_version()} on {platform.system()}."
    )


def replace_part(path: Path, name: str, text: str) -> None:
    """Put a text between the two marks of that name in a document.

    Raises:
        ValueError: the document lacks the marks.
    """
    begin, end = f"<!-- {name}: written by the command -->", f"<!-- end of {name} -->"
    before, found, rest = path.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{path.name} has no part “{name}”")
    path.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", encoding="utf-8")


def _of(verdicts: list[Json], key: str) -> list[float]:
    return [float(verdict[key]) for verdict in verdicts]


def _noisy(values: list[float]) -> str:
    middle = f"{statistics.median(values):.3f}"
    return middle if len(values) == 1 else f"{middle} ± {(max(values) - min(values)) / 2:.3f}"


def _share(values: list[float], seated: float, bound: float) -> str:
    """Percent of the bound, in which whoever could have been seated and was not counts nothing."""
    return f"{100 * statistics.median(values) * seated / bound:.0f} %" if bound > 0 else ""


def _cost(costs: list[Cost], of: Callable[[Cost], float]) -> str:
    return f"{statistics.median(of(cost) for cost in costs):.1f}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
