"""Letters, as the configuration says who sends them."""

from publisher.config import Config
from publisher.digests.addressing import Addressing
from publisher.digests.letters import LetterPress
from publisher.rendering.templates import Renderer
from publisher.service import settings

__all__ = ["make_letter_press"]


def make_letter_press(
    config: Config, renderer: Renderer, addressing: Addressing
) -> LetterPress:
    """Return what makes letters of the facts that were posted."""
    return LetterPress(
        renderer=renderer,
        sites={
            code: settings.mail_site(config, code) for code in config.site.languages
        },
        look=settings.look(config),
        addressing=addressing,
    )
