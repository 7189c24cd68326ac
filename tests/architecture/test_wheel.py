"""The wheel is complete: run from anywhere, it finds its templates and defaults."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, label, module_files, tracked_files

RUN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from publisher.cli import main
main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel"),
            *("--no-deps", "--no-build-isolation"),
            *("--wheel-dir", str(folder), str(ROOT)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return next(folder.glob("newsroom_publisher-*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_every_module_template_and_the_default_configuration(
    wheel: Path,
) -> None:
    modules = {label(path) for path in module_files()}
    templates = {
        f"publisher/_{label(path)}"
        for path in tracked_files()
        if ROOT / "templates" in path.parents
    }

    held = set(zipfile.ZipFile(wheel).namelist())

    assert modules <= held
    assert templates <= held
    assert "publisher/_default_config.toml" in held


@pytest.mark.slow
def test_the_command_starts_from_an_unpacked_wheel(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")

    ended = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "site"), "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert "serve" in ended.stdout
