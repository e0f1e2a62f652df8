"""Imports between the rooms of the project are those that its architecture's table allows, and point one way."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2] / "rrm_ui"
ENGINES = {"interface", "local", "models", "scripted", "zero_gpu"}


def room_of(module: str) -> str:
    """Return the room of a module's dotted name: its first part, within ``engines`` its second."""
    parts = module.split(".")[1:]
    return "" if not parts else parts[1] if parts[0] == "engines" and len(parts) > 1 else parts[0]


def imports() -> dict[str, set[str]]:
    """Return which rooms each room imports, wherever in its files."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in ROOT.rglob("*.py"):
        room = room_of(".".join(["rrm_ui", *path.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "rrm_ui":
                found[room] |= {room_of(f"rrm_ui.{alias.name}") for alias in node.names if alias.name != "__version__"}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rrm_ui"):
                found[room].add(room_of(node.module or ""))
            elif isinstance(node, ast.Import):
                found[room] |= {room_of(alias.name) for alias in node.names if alias.name.startswith("rrm_ui")}
    return {room: others - {room, ""} for room, others in found.items() if room not in ("", "__main__")}


def packages_of(path: Path) -> set[str]:
    """Return the packages that a file imports, anywhere in it."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return {name.split(".")[0] for name in names}


def table() -> dict[str, str]:
    """Return what the table says that each room may import."""
    rows = re.findall(r"^\| (`.*?`) \|.*\| (.*?) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {
        Path(name).stem: allowed for names, allowed in rows for name in re.findall(r"`(?:engines/)?([\w./]+)`", names)
    }


def test_every_room_imports_what_the_table_allows_and_nothing_else() -> None:
    allowed, rooms = table(), imports()
    siblings = [{"judge", "vote_board", "tally"}, {"assembly", "model_source", "model_host", "scripted_model"}]
    for room, others in rooms.items():
        words = set(re.findall(r"\w+", allowed[room]))
        beside = next((group for group in siblings if room in group), set())
        if "everything" in words:
            assert not others & (words & {"cli", "training"}), room
        else:
            assert others <= words | beside | (ENGINES if "engines" in words else set()), room


def test_gradio_is_known_where_pages_are_made_and_nowhere_else() -> None:
    knowing = {path.relative_to(ROOT) for path in ROOT.rglob("*.py") if "gradio" in packages_of(path)}
    rooms = {"/".join(path.parts[:2]) if path.parts[0] == "engines" else path.parts[0] for path in knowing}
    assert rooms == {"ui", "server.py", "engines/zero_gpu"}


def test_imports_point_one_way() -> None:
    order = list(TopologicalSorter(imports()).static_order())
    assert order.index("values") < order.index("judge") < order.index("ui") < order.index("server")
