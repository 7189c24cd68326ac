"""What is committed works anywhere and does not tell where it was written."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, label, project, tracked_files

LOCKS = sorted(ROOT.glob("requirements*.lock"))
PINNED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>\S+)", re.MULTILINE)
NAMED = re.compile(r"^[A-Za-z0-9._-]+")

# Folders in which only the machine of whoever committed keeps checkouts and homes.
SOMEBODYS_FOLDER = re.compile(
    r"(?<![\w.~/:-])/(?:(?:home|Users|builds|runner|work|workspace)/[\w.]+/?|root/)"
)
REGISTRY = re.compile(
    r"\b(?:py(?:pi|thonhosted)|npmjs|yarnpkg)\.(?:org|com)\b|\b(?:deb|ftp)\.debian\."
)
LARGEST_FILE_SEARCHED = 2_000_000

EMAIL_TEMPLATES = ROOT / "templates" / "email"
SHARED_BY_ALL_MESSAGES = {"_base", "_shared", "base", "shared"}
PARTS_OF_A_MESSAGE = ("subject.txt", "body.txt", "body.html")


def text_of(path: Path) -> str:
    """Read a file as text; a binary file has none."""
    content = path.read_bytes()[:LARGEST_FILE_SEARCHED]
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{label(path)}:{number}: {line.strip()[:120]}"
        for path in tracked_files()
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def pins(lock: Path) -> dict[str, str]:
    found = PINNED.finditer(lock.read_text(encoding="utf-8"))
    return {pin["name"]: pin["version"] for pin in found}


def needed(requirements: list[str]) -> set[str]:
    names = (NAMED.match(requirement) for requirement in requirements)
    return {name[0].lower().replace("_", "-") for name in names if name}


def test_there_is_a_lock_for_building_running_and_developing() -> None:
    assert [lock.name for lock in LOCKS] == [
        "requirements-build.lock",
        "requirements-dev.lock",
        "requirements.lock",
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=label)
def test_a_lock_names_no_place_to_download_from(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()

    assert not [line for line in lines if "://" in line or " @ " in line]
    assert not [line for line in lines if line.startswith("-") or "--index" in line], (
        "a lock holds pins and hashes, no options"
    )


@pytest.mark.parametrize("lock", LOCKS, ids=label)
def test_every_pin_of_a_lock_has_a_hash(lock: Path) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", lock.read_text(encoding="utf-8").strip())

    unlocked = [
        block.splitlines()[0]
        for block in blocks
        if not PINNED.match(block) or "--hash=sha256:" not in block
    ]

    assert not unlocked


def test_the_locks_hold_everything_that_pyproject_asks_for() -> None:
    declared = project()
    runtime = needed(declared["project"]["dependencies"])
    extras = declared["project"]["optional-dependencies"].values()
    groups = declared["dependency-groups"]

    assert runtime <= set(pins(ROOT / "requirements.lock"))
    assert needed(groups["build"]) <= set(pins(ROOT / "requirements-build.lock"))
    assert needed(groups["dev"] + [name for extra in extras for name in extra]) <= set(
        pins(ROOT / "requirements-dev.lock")
    )


def test_development_runs_on_the_very_versions_that_readers_get() -> None:
    runtime = pins(ROOT / "requirements.lock")
    development = pins(ROOT / "requirements-dev.lock")

    assert runtime.items() <= development.items()


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    here = re.compile(rf"{re.escape(str(ROOT))}(?![\w.-])")

    assert not lines_with(SOMEBODYS_FOLDER)
    # A checkout straight below the root (/app) may share its name with anything.
    assert len(ROOT.parts) <= len(Path("/app").parts) or not lines_with(here)


def test_no_file_names_a_package_registry() -> None:
    assert not lines_with(REGISTRY)


def test_what_running_leaves_behind_is_ignored() -> None:
    left_behind = [
        ".venv",
        "var/publisher.sqlite3",
        ".mypy_cache/x",
        ".ruff_cache/x",
        ".pytest_cache/x",
        "publisher/__pycache__/x.pyc",
        "dist/x.whl",
        "newsroom_publisher.egg-info/PKG-INFO",
    ]

    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", *left_behind],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()

    assert ignored == left_behind


def test_every_message_has_its_subject_and_both_bodies() -> None:
    messages = [
        folder
        for folder in sorted(EMAIL_TEMPLATES.iterdir())
        if folder.is_dir() and folder.name not in SHARED_BY_ALL_MESSAGES
    ]

    missing = [
        label(folder / part)
        for folder in messages
        for part in PARTS_OF_A_MESSAGE
        if not (folder / part).is_file()
    ]

    assert messages
    assert not missing
