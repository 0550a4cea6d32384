"""Run corpus files and print what fails."""

import sys
from pathlib import Path

from tests.conformance.runner import CORPUS, Case, answer, read

SHORT = 300


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def _failure(case: Case) -> str | None:
    """Return what to print for a case that fails."""
    try:
        got = answer(case)
    except Exception as error:  # a case that raises is a failure like another
        got = error
    if got == case["expected"] and type(got) is type(case["expected"]):
        return None
    return f"{case['id']}\n  expected {_short(case['expected'])}\n  got      {_short(got)}"


def main(arguments: list[str]) -> int:
    """Run the named files (default: the two beside this module); return the exit status."""
    cases = [case for path in map(Path, arguments or CORPUS) for case in read(path)]
    failures = [failure for failure in map(_failure, cases) if failure]
    for failure in failures:
        print(failure)
    print(f"{len(cases) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
