"""The words of the consent that a newspaper has without writing its own."""

import pytest

from publisher.config import Config
from publisher.rendering.language import Languages
from publisher.service.joining import consent_texts

SITE = {"title": {"ru": "Степное утро", "kk": "Дала таңы"}, "languages": ["ru", "kk"]}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("ru", "браузер этого запроса хранит «Степное утро», чтобы"),
        # The name cannot take an ending, so it stands where it needs none.
        ("kk", "Деректерді сақтайтын: «Дала таңы»."),
    ],
)
def test_a_newspaper_stands_in_for_its_operator(code: str, sentence: str) -> None:
    config = Config.model_validate({"site": SITE})

    words = consent_texts(config, Languages()).texts[code]

    assert sentence in words


def test_an_operator_is_named_as_the_newspaper_wrote_it() -> None:
    operator = {"ru": "ТОО «Степь», БИН 000000000000", "kk": "«Дала» ЖШС"}
    config = Config.model_validate({"site": SITE, "joining": {"operator": operator}})

    texts = consent_texts(config, Languages()).texts

    assert all(operator[code] in texts[code] for code in texts)
    assert "Степное утро" not in texts["ru"]
