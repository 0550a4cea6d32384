"""The engine answers as WordPress does."""

import json
from pathlib import Path

import pytest

from tests.conformance.__main__ import main
from tests.conformance.runner import CORPUS, Case, answer, read

CASES = [case for path in CORPUS for case in read(path)]
GROUPS = sorted({case["group"] for case in CASES})


def _differs(case: Case) -> bool:
    got = answer(case)
    return got != case["expected"] or type(got) is not type(case["expected"])


@pytest.mark.parametrize("group", GROUPS)
def test_cases_of_a_group(group: str) -> None:
    assert [case["id"] for case in CASES if case["group"] == group and _differs(case)] == []


def test_no_case_is_missing() -> None:
    assert len(CASES) == 1579


def test_command_counts_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        {"id": "a-1", "group": "a", "op": "strip", "input": "x", "expected": "x"},
        {"id": "a-2", "group": "a", "op": "strip", "input": "x", "expected": "y"},
        {"id": "a-3", "group": "a", "op": "unheard", "input": "x", "expected": "y"},
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")

    assert main([str(file)]) == 1

    out = capsys.readouterr().out
    assert "a-2" in out
    assert "a-3" in out
    assert out.splitlines()[-1] == "1 passed, 2 failed"


def test_command_passes_on_our_two_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out == "1579 passed, 0 failed\n"
