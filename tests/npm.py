"""Packages of npm that tests need, each of one version, kept in the cache folder of the user."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from tests.needs import missing, need_program

AXE, VNU = "axe-core@4.14.1", "vnu-jar@26.9.27"


def package(spec: str) -> Path:
    """Its folder. No script of a package is run."""
    need_program("npm")
    name, _, version = spec.rpartition("@")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "canh-tests/npm"
    kept = cache / f"{name}-{version}"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            wanted = ["--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            done = subprocess.run(["npm", "install", *wanted, spec], check=False, timeout=240)
            if done.returncode:
                missing(f"npm cannot fetch {spec}")
            (Path(folder) / "node_modules" / name).rename(kept)
    return kept


def html_faults(*pages: Path) -> str:
    """What the Nu validator finds wrong; empty: nothing."""
    need_program("java")
    jar = package(VNU) / "build/dist/vnu.jar"
    command = ["java", "-jar", str(jar), "--errors-only", "--format", "gnu", *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    return done.stderr
