"""Your data: a letter with a link, and behind it everything to take along or erase.

Links to the preferences stand in mails that people forward, so they do not open this.
Only a letter to the reader's own mailbox does, for some days. GET shows no more than
buttons: scanners open every link of a mail, and nothing is fetched or erased by that.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from publisher.audience.erasing import Erasing
from publisher.audience.exporting import OPEN_FOR, Exporting
from publisher.errors import SubscriberError, TokenError
from publisher.mail.address import parse_address
from publisher.model.token import Purpose
from publisher.store.data_requests import DataRequest, find_request
from publisher.web.clients import LINKS_AN_HOUR, ClientLimit
from publisher.web.fields import text_field
from publisher.web.pages import PRIVATE, Frame, Pages

__all__ = ["MyDataPages"]

ORIGIN = "data page"
MAX_FIELDS = 10
LONGEST_ADDRESS = 320


class MyDataPages:
    """`/my-data` and `/export/{token}`."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        parts = self._parts = pages.parts
        self._exporting = Exporting(store=parts.store, clock=parts.clock)
        self._erasing = Erasing(store=parts.store, clock=parts.clock)
        self._clients = ClientLimit(LINKS_AN_HOUR)

    def routes(self) -> list[Route]:
        """Return the addresses of the form and of what a letter opens."""
        methods = ("GET", "HEAD", "POST")
        return [
            Route("/my-data", self._form, methods=methods),
            Route("/export/{token}", self._answer, methods=methods),
        ]

    async def _form(self, request: Request) -> Response:
        """Say the same of every address, known or not, and take as long for it."""
        language = self._pages.language_of(request)
        values: dict[str, object] = {
            "state": "form",
            "operator": self._parts.operator,
            "days": OPEN_FOR.days,
            "given": "",
            "is_wrong": False,
        }
        if request.method != "POST":
            return self._respond(request, language, values)
        self._clients.refuse_more(request, self._parts.clock.now())
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
            email = text_field(form, "email")
        try:
            parse_address(email)
        except SubscriberError:
            values |= {"given": email[:LONGEST_ADDRESS], "is_wrong": True}
            return self._respond(request, language, values, status=422)
        answer = self._respond(request, language, values | {"state": "asked"})
        # After the answer: how long it takes would tell who is a reader.
        answer.background = BackgroundTask(self._ask, email)
        return answer

    async def _ask(self, email: str) -> None:
        await self._parts.store.run(self._exporting.ask, email, origin=ORIGIN)

    async def _answer(self, request: Request) -> Response:
        try:
            token = request.path_params["token"]
            number = self._parts.tokens.subject(Purpose.EXPORT, token)
        except TokenError:
            raise HTTPException(404) from None
        store, now = self._parts.store, self._parts.clock.now()
        found = await store.run(store.query, find_request, number, now)
        if found is None:
            language = self._pages.language_of(request)
            return self._respond(request, language, {"state": "expired"}, status=410)
        if request.method != "POST":
            return self._open(request, found)
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
            return await self._act(request, found, form)

    async def _act(
        self, request: Request, found: DataRequest, form: FormData
    ) -> Response:
        """Do what the button says."""
        match text_field(form, "do"):
            case "json":
                export = await self._parts.store.run(
                    self._exporting.export, found.email
                )
                return _download(export.as_json(), "application/json", "my-data.json")
            case "csv":
                export = await self._parts.store.run(
                    self._exporting.export, found.email
                )
                return _download(export.as_zip(), "application/zip", "my-data.zip")
            case "erase" if text_field(form, "sure") == "yes":
                await self._parts.store.run(
                    self._erasing.erase, found.email, origin=ORIGIN
                )
                language = self._language(request, found)
                return self._respond(request, language, {"state": "erased"})
            case "erase":
                return self._open(request, found, is_unsure=True)
            case _:
                raise HTTPException(400)

    def _open(
        self, request: Request, found: DataRequest, *, is_unsure: bool = False
    ) -> Response:
        values = {
            "state": "open",
            "is_unsure": is_unsure,
            "open_until": _day(found.expires_at, self._parts.zone),
        }
        status = 422 if is_unsure else 200
        language = self._language(request, found)
        return self._respond(request, language, values, status=status)

    def _language(self, request: Request, found: DataRequest) -> str:
        asked = request.query_params.get("language", "")
        languages = self._parts.languages
        if asked in languages or found.language not in languages:
            return self._pages.language_of(request)
        return found.language

    def _respond(
        self,
        request: Request,
        language: str,
        values: dict[str, object],
        *,
        status: int = 200,
    ) -> Response:
        path = request.url.path
        switches = {code: f"{path}?language={code}" for code in self._parts.languages}
        frame = Frame(switches=switches, is_private=True)
        return self._pages.respond(
            "my_data.html", language, frame, values, status=status
        )


def _day(moment: datetime, zone: ZoneInfo) -> object:
    return moment.astimezone(zone).date()


def _download(content: bytes, media_type: str, name: str) -> Response:
    headers = {**PRIVATE, "content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)
