"""Read a page as a person does: by its headings, links, fields and buttons."""

from dataclasses import dataclass

from lxml.etree import HTMLParser, _Element, fromstring

from tests.web.client import Answer

__all__ = ["Field", "Page", "words"]

Field = tuple[str, str]


def words(element: _Element) -> str:
    """Return the text of an element, its blanks made single."""
    return " ".join("".join(element.itertext()).split())


@dataclass(frozen=True)
class Page:
    """A parsed page."""

    root: _Element

    @classmethod
    def of(cls, answer: Answer) -> "Page":
        assert answer["content-type"] == "text/html; charset=utf-8"
        return cls(fromstring(answer.body, HTMLParser(encoding="utf-8")))

    @property
    def language(self) -> str:
        return str(self.root.get("lang"))

    @property
    def heading(self) -> str:
        (found,) = self.root.iter("h1")
        return words(found)

    @property
    def text(self) -> str:
        (body,) = self.root.iter("body")
        return words(body)

    def all(self, tag: str, /, **attributes: str) -> list[_Element]:
        """Return the elements with a name and these attributes."""
        return [
            element
            for element in self.root.iter(tag)
            if all(element.get(key.strip("_")) == v for key, v in attributes.items())
        ]

    def links(self) -> dict[str, str]:
        """Return the addresses of the links in the body, by what they say."""
        return {words(a): str(a.get("href")) for a in self.root.iter("a")}

    def alternates(self) -> list[tuple[str, str]]:
        """Return type and address of the feeds the page points to, in order."""
        return [
            (str(link.get("type")), str(link.get("href")))
            for link in self.all("link", rel="alternate")
            if link.get("type")
        ]

    def buttons(self) -> list[str]:
        return [words(button) for button in self.root.iter("button")]

    def fields(self, button: str) -> list[Field]:
        """Return what a browser would send when this button is pressed untouched."""
        (pressed,) = [b for b in self.root.iter("button") if words(b) == button]
        form = pressed
        while form.tag != "form":
            above = form.getparent()
            assert above is not None
            form = above
        sent: list[Field] = []
        for element in form.iter("input", "select"):
            name = element.get("name")
            if name is None:
                continue
            if element.tag == "select":
                sent.append((str(name), _selected(element)))
            elif element.get("type") != "checkbox" or "checked" in element.attrib:
                sent.append((str(name), str(element.get("value", "on"))))
        if pressed.get("name"):
            sent.append((str(pressed.get("name")), str(pressed.get("value"))))
        return sent


def _selected(select: _Element) -> str:
    options = list(select.iter("option"))
    chosen = [o for o in options if "selected" in o.attrib] or options[:1]
    value = chosen[0].get("value")
    return words(chosen[0]) if value is None else str(value)
