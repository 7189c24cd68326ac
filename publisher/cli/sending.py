"""`publisher sending`: whether this installation may send, and letting it."""

from collections.abc import Sequence
from typing import Annotated

import typer

from publisher.cli.context import Answer, opened
from publisher.cli.counting import counted
from publisher.digests.installation import Choice, Installation, Standing
from publisher.errors import PublisherError
from publisher.service import Service
from publisher.service.installation import MEANINGS, make_installation

__all__ = ["app"]

app = typer.Typer(
    help="Whether this machine may send, after a restore or a copy.",
    no_args_is_help=True,
)

COLUMNS = ("edition", "digest", "slot", "due", "waiting", "in_question")


@app.command()
def show(context: typer.Context) -> None:
    """Tell whether this installation may send, and what would go."""
    file, answer = context.obj
    with opened(file) as service:
        installation = _installation(service)
        _show(answer, installation, installation.look())


@app.command()
def confirm(
    context: typer.Context,
    choice: Annotated[
        Choice | None,
        typer.Option(
            "--in-question",
            help="What becomes of deliveries that may have been sent already: hold"
            " them as in doubt, send them, or count them as sent.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")
    ] = False,
) -> None:
    """Let this installation send: after a restore, on a copy, or as another worker.

    Shows first what would go. Make sure that no other copy of it sends.
    """
    file, answer = context.obj
    with opened(file) as service:
        installation = _installation(service)
        standing = installation.look()
        if standing.stop is None:
            answer.say(f"{installation.name} may send; there is nothing to confirm.")
            return
        choice = choice or installation.default_choice(standing)
        if not yes:
            _ask(answer, installation, standing, choice)
        count = installation.confirm(choice)
    rows = [(installation.name, choice.value, count)]
    if answer.as_json:
        answer.rows(("installation", "choice", "deliveries"), rows, "")
    answer.say(f"{installation.name} may send. {_done(choice, count)}")


def _installation(service: Service) -> Installation:
    return make_installation(service.config, service.root, service.store, service.clock)


def _ask(
    answer: Answer, installation: Installation, standing: Standing, choice: Choice
) -> None:
    """Show what is about to happen and ask; raises PublisherError without a yes."""
    if answer.as_json:
        msg = f"sending would be confirmed with --in-question {choice.value}; add --yes"
        raise PublisherError(msg)
    _show(answer, installation, standing)
    answer.say(f"\nWhat is in question: {choice.value} (--in-question).")
    typer.confirm(f"Shall {installation.name} send?", abort=True)


def _show(answer: Answer, installation: Installation, standing: Standing) -> None:
    waiting = installation.waiting()
    is_stopped = standing.stop is not None
    rows: Sequence[tuple[object, ...]] = [
        (
            *(row.id, row.digest_key, row.slot),
            row.due_at.isoformat(timespec="seconds"),
            row.waiting,
            "yes" if is_stopped and row.due_at <= standing.until else "no",
        )
        for row in waiting
    ]
    if standing.stop is not None:
        answer.say(f"Nothing is sent: {MEANINGS[standing.stop]}.")
    else:
        answer.say(f"{installation.name} may send.")
    total = sum(row.waiting for row in waiting)
    letters = installation.waiting_letters()
    answer.say(
        f"Waiting: {counted(total, 'delivery', 'deliveries')} in"
        f" {counted(len(waiting), 'edition')}, and {counted(letters, 'letter')}."
    )
    if rows or answer.as_json:
        answer.rows(COLUMNS, rows, "")
    if standing.stop is not None and standing.mark is not None:
        answer.say(
            f"The store knows of what was sent until {standing.known_at:%Y-%m-%d %H:%M}"
            f" UTC; what was due by {standing.until:%Y-%m-%d %H:%M} UTC is in question."
        )


def _done(choice: Choice, count: int) -> str:
    match choice:
        case Choice.HOLD:
            held = counted(count, "delivery is", "deliveries are")
            return f"{held} in doubt now: see `publisher doubt list`."
        case Choice.SENT:
            return f"{counted(count, 'delivery counts', 'deliveries count')} as sent."
        case Choice.SEND:
            return "Whatever waits goes."
