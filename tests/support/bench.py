"""bench/harness as the package `harness_of_bench`: its own name is that of the tests' harness."""
import importlib
import importlib.util
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[2] / "bench"
_NAME = "harness_of_bench"


def _load():
    folder = BENCH / "harness"
    spec = importlib.util.spec_from_file_location(_NAME, folder / "__init__.py",
                                                  submodule_search_locations=[str(folder)])
    sys.modules[_NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[_NAME])


def module(name):
    """harness/NAME.py of the bench."""
    if _NAME not in sys.modules:
        _load()
    return importlib.import_module(f"{_NAME}.{name}")
