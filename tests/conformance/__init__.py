"""What WordPress answers, case by case: `python -m tests.conformance [FILE.jsonl …]`."""
