#!/usr/bin/env python3
"""Reads every Sigma rule of a folder with pySigma. Prints a line for each that it refuses, then "N passed, N failed"; exit 1 if any."""
import sys
from pathlib import Path

from sigma.rule import SigmaRule

passed, failed, ids = 0, 0, {}
for path in sorted(Path(sys.argv[1]).glob("*.yml")):
    try:
        rule = SigmaRule.from_yaml(path.read_text(encoding="utf-8"))
        for condition in rule.detection.parsed_condition:
            condition.parsed  # noqa: B018 - parses it
        if rule.id in ids:
            raise ValueError(f"has the id of {ids[rule.id]}")
        ids[rule.id] = path.name
        passed += 1
    except Exception as error:  # whatever pySigma has against it
        failed += 1
        print(f"{path.name}: {error}")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
