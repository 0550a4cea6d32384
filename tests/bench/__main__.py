"""Makes data, serves it, measures; prints tables and writes build/bench.json."""

import json
import os
import platform
from pathlib import Path

import click

from tests.bench import measure
from tests.bench.documents import measure_documents
from tests.bench.engine import measure_engine
from tests.bench.server import served
from tests.bench.targets import Row, judge

OUTPUT = Path("build/bench.json")
SITES = ("200,50,20,40", "2000,1000,20,2000")
# The same job on Amapress (WordPress, PHP-FPM 4 workers, opcache, MariaDB, two cores):
# p50 in ms, SQL statements, how many times quicker we aim to be.
AMAPRESS: dict[str, tuple[float, int | None, int]] = {
    "home, visitor": (75, None, 60),
    "bookable list": (425, 332, 80),
    "propose a basket": (172, 113, 35),
    "my baskets": (131, 100, 25),
}


@click.command()
@click.option(
    "--site",
    "sites",
    multiple=True,
    default=SITES,
    show_default=True,
    help="members,intermittents,weeks,offers of an AMAP to measure; the first is compared.",
)
@click.option("--rounds", default=5, show_default=True, help="Turns with the bare view.")
@click.option("--requests", default=100, show_default=True, help="Pages in each turn.")
@click.option("--output", type=click.Path(path_type=Path), default=OUTPUT, show_default=True)
def bench(sites: tuple[str, ...], rounds: int, requests: int, output: Path) -> None:
    """Measure everything."""
    measured = [_measure_site(size, rounds, requests) for size in sites]
    factors = _factors(measured[0]["pages"])
    engine = {key: round(value, 3) for key, value in measure_engine().items()}
    documents = measure_documents()
    judged = judge(measured, factors)
    _show("Against Amapress, one connection, p50", ("page", "it", "we", "times", "aim"), factors)
    _show("Targets", ("target", "limit", "figure", "met"), judged)
    _show("Documents", ("document", "ms", "cpu_ms", "kilobytes", "sql"), documents)
    click.echo("\nEngine")
    for key, value in engine.items():
        click.echo(f"  {key:<28}{value:>12,.3f}")
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    result = {
        "machine": machine,
        "sites": measured,
        "against_amapress": factors,
        "targets": judged,
        "documents": documents,
        "engine": engine,
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    click.echo(f"\nWritten to {output}")


def _measure_site(size: str, rounds: int, requests: int) -> Row:
    members, intermittents, weeks, offers = map(int, size.split(","))
    click.echo(f"\n{members} members, {intermittents} intermittents, {offers} baskets on offer …")
    with served(members, intermittents, weeks, offers) as site:
        pages = measure.as_rows(measure.pages(site, rounds, requests))
        alert = {key: round(value, 1) for key, value in measure.alert(site).items()}
        memory = [round(one, 1) for one in site.peak_memory()]
    _show(
        f"Pages (bare view: {pages[0]['bare_p50']} ms; made in {site.made_in_seconds:.1f} s)",
        ("page", "p50", "best_p50", "p99", "ratio", "per_second", "per_second_on_eight", "sql"),
        pages,
    )
    click.echo(f"\nAlert: {alert}\nPeak memory of each worker, MB: {memory}")
    return {
        "members": members,
        "intermittents": intermittents,
        "weeks": weeks,
        "offers": offers,
        "made_in_seconds": round(site.made_in_seconds, 1),
        "pages": pages,
        "alert": alert,
        "peak_memory_mb": memory,
    }


def _factors(pages: list[Row]) -> list[Row]:
    rows = []
    for page in pages:
        if page["page"] in AMAPRESS:
            took, sql, aim = AMAPRESS[page["page"]]
            rows.append(
                {
                    "page": page["page"],
                    "it": took,
                    "we": page["p50"],
                    "times": round(took / page["p50"], 1),
                    "aim": aim,
                    "its_sql": sql,
                    "our_sql": page["sql"],
                }
            )
    return rows


def _show(title: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    """Print a table."""
    click.echo(f"\n{title}")
    first_width = max(len(str(row[columns[0]])) for row in rows) + 2
    widths = [first_width] + [max(9, len(name) + 2) for name in columns[1:]]
    lines = [columns, *([row[name] for name in columns] for row in rows)]
    for line in lines:
        first, *others = (str(cell) for cell in line)
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        click.echo("  " + "".join(cells))


if __name__ == "__main__":
    bench()
