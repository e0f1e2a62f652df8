"""llama.cpp's own benchmark on a file of the same model: what a CPU user would run instead."""

from __future__ import annotations

import subprocess
from pathlib import Path


def run_llama(program: Path, gguf: Path, prompt_tokens: int, new_tokens: int, votes: list[int]) -> dict[str, float]:
    """Run ``llama-batched-bench`` with a shared prompt; return prefill and decode tokens per second, by vote count."""
    command = [str(program), "-m", str(gguf), "-npp", str(prompt_tokens), "-ntg", str(new_tokens)]
    command += ["-npl", ",".join(map(str, votes)), "-pps", "-kvu"]
    command += ["-c", str(prompt_tokens + max(votes) * new_tokens + 256)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome.returncode != 0:
        raise SystemExit(f"{program.name} failed: {outcome.stderr.strip().splitlines()[-1:]}")
    return parse_table(outcome.stdout)


def parse_table(text: str) -> dict[str, float]:
    """Return the figures of the program's Markdown table: ``prefill`` and ``decode_<sequences>``, in tokens a second.

    Raises:
        ValueError: the text holds no such table.
    """
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if "|" in line]
    header = next((row for row in rows if "S_TG t/s" in row), None)
    if header is None:
        raise ValueError("no table with a column S_TG t/s")
    figures: dict[str, float] = {}
    for row in rows:
        if len(row) == len(header) and row[0].isdigit():
            named = dict(zip(header, row, strict=True))
            figures.setdefault("prefill", float(named["S_PP t/s"]))
            figures[f"decode_{named['B']}"] = float(named["S_TG t/s"])
    if not figures:
        raise ValueError("the table holds no rows")
    return figures
