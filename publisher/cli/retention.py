"""`publisher retention`: what goes by itself, and when."""

import typer

from publisher.cli.context import opened
from publisher.service.retention import make_retention

__all__ = ["app"]

app = typer.Typer(help="What is known of readers goes by itself with time.")

WHAT = {
    "replies": "editions whose relays' replies are forgotten",
    "deliveries": "editions of which only numbers stay",
    "traces": "consents whose network address and program are forgotten",
    "letters": "letters that were sent or given up",
    "requests": "requests for data",
    "left": "subscriptions that ended, with their consent",
}
COLUMNS = ("rule", "after_days", "due", "what")


@app.command("show")
def show(context: typer.Context) -> None:
    """Show the rules of `[retention]`, and how much is due by each now."""
    file, answer = context.obj
    with opened(file) as service:
        rows = [
            (one.rule, one.days, one.due, WHAT[one.rule])
            for one in make_retention(service).due()
        ]
        answer.rows(COLUMNS, rows, "")


@app.command("run")
def run(context: typer.Context) -> None:
    """Let go now what is due; the service does it every night by itself."""
    file, answer = context.obj
    with opened(file) as service:
        retention = make_retention(service)
        before = {one.rule: one.due for one in retention.due()}
        while not retention.keep():
            pass
        rows = [(name, count) for name, count in before.items() if count]
        answer.rows(("rule", "let_go"), rows, "Nothing was due.")
