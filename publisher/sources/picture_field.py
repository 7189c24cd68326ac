"""The lead picture of an article: a file of the source's folder, or an address."""

import mimetypes
from collections.abc import Mapping

from publisher.model.article import Picture
from publisher.rendering.cleaning.addresses import web_link
from publisher.sources.fields import Fields
from publisher.sources.local_pictures import LocalPictures

__all__ = ["read_picture"]

_NAMES = (
    "file",
    "url",
    "alt",
    "caption",
    "credit",
    "width",
    "height",
    "type",
    "length",
)


def read_picture(
    fields: Fields, beside: str, pictures: LocalPictures, site_url: str
) -> Picture | None:
    """Return the lead picture, or None with a note when there is nothing to show.

    `beside` is the path of the file that names it; a text alone is file or address.
    """
    value = fields.value("picture")
    name = fields.written_name("picture")
    if value is None:
        return None
    if isinstance(value, str):
        kind = "file" if pictures.is_relative(value.strip()) else "url"
        value = {kind: value}
    if not isinstance(value, dict):
        fields.complain(name, "write a file, an address, or {file: …, alt: …}")
        return None
    fields.note_unknown(_NAMES, list(value), f' in "{name}"')
    given = {key: fields.text_of(value.get(key), name) for key in _NAMES[:5]}
    sizes = {
        key: fields.number_of(value.get(key), name)
        for key in ("width", "height", "length")
    }
    media_type = fields.text_of(value.get("type"), name).lower()
    picture = _found(fields, given, (beside, pictures, site_url), name)
    if picture is None:
        return None
    return Picture(
        url=picture.url,
        alt=given["alt"],
        caption=given["caption"],
        credit=given["credit"],
        width=picture.width or sizes["width"],
        height=picture.height or sizes["height"],
        length=picture.length or sizes["length"],
        media_type=media_type
        if media_type.startswith("image/") and not picture.length
        else picture.media_type,
    )


def _found(
    fields: Fields,
    given: Mapping[str, str],
    place: tuple[str, LocalPictures, str],
    name: str,
) -> Picture | None:
    """Return what is known of the picture itself."""
    beside, pictures, site_url = place
    local = None
    if given["file"]:
        local = pictures.find(given["file"], beside)
        if local is None:
            fields.notes.append(f'"{name}": there is no picture "{given["file"][:80]}"')
    url = web_link(given["url"], site_url + "/") if given["url"] else None
    if given["url"] and url is None:
        fields.notes.append(f'"{name}": "{given["url"][:80]}" is no http(s) address')
    if local is not None:
        return Picture(
            url=url or local.url,
            width=local.width,
            height=local.height,
            length=local.length,
            media_type=local.media_type,
        )
    if url is None:
        return None
    guessed = mimetypes.guess_type(url.partition("?")[0])[0] or ""
    is_image = guessed.startswith("image/")
    return Picture(url=url, media_type=guessed if is_image else "image/jpeg")
