"""`/address/{token}`: a mailbox agrees that digests go to another address."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from publisher.audience.address_changes import (
    AddressChanges,
    ChangeState,
    Confirmation,
)
from publisher.errors import TokenError
from publisher.mail.address import masked
from publisher.model.token import Purpose
from publisher.store.address_changes import AddressChange
from publisher.web.pages import Pages

__all__ = ["AddressPages"]

STATUSES = {ChangeState.OVER: 410, ChangeState.TAKEN: 409}


class AddressPages:
    """GET shows what would change and a button, POST agrees."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._parts = pages.parts
        self._changes = AddressChanges(pages.parts.membership)

    def routes(self) -> list[Route]:
        """Return the address of the links in letters to both mailboxes."""
        return [
            Route("/address/{token}", self._answer, methods=("GET", "HEAD", "POST"))
        ]

    async def _answer(self, request: Request) -> Response:
        try:
            token = request.path_params["token"]
            number = self._parts.tokens.subject(Purpose.ADDRESS, token)
        except TokenError:
            raise HTTPException(404) from None
        asked = Confirmation.of(number)
        act = self._changes.look
        if request.method == "POST":
            await request.body()
            act = self._changes.confirm
        state, change = await self._parts.store.run(act, asked)
        return self._page(request, state, change)

    def _page(
        self, request: Request, state: ChangeState, change: AddressChange | None
    ) -> Response:
        values = {
            "state": state.value,
            "old": masked(change.old) if change else "",
            "new": masked(change.new) if change else "",
        }
        language = self._pages.language_for(request, change.language if change else "")
        frame = self._pages.private_frame(request)
        status = STATUSES.get(state, 200)
        return self._pages.respond(
            "address.html", language, frame, values, status=status
        )
