"""A picture of the running product, as `make pictures` took it."""

import reflex as rx

_WIDE = (1280, 764)
_PHONE = (390, 720)
"""Sizes in CSS pixels, as docs/pictures.py takes them."""
_ON_PHONE = "(max-width: 600px)"
_AT_NIGHT = "(prefers-color-scheme: dark)"


def picture(name: str, said: str, caption: str) -> rx.Component:
    """By day or night, wide or of a phone; its place is kept before it is there."""
    width, height = _WIDE
    return rx.el.figure(
        rx.el.picture(
            _source(f"{name}-phone-dark", f"{_ON_PHONE} and {_AT_NIGHT}", _PHONE),
            _source(f"{name}-phone-light", _ON_PHONE, _PHONE),
            _source(f"{name}-dark", _AT_NIGHT, _WIDE),
            rx.el.img(
                loading="lazy",
                src=_address(f"{name}-light"),
                alt=said,
                width=str(width),
                height=str(height),
            ),
        ),
        rx.el.figcaption(caption, class_name="caption"),
        class_name="shot",
    )


def _source(name: str, media: str, size: tuple[int, int]) -> rx.Component:
    width, height = size
    return rx.el.source(
        src_set=_address(name),
        media=media,
        type="image/webp",
        custom_attrs={"width": str(width), "height": str(height)},
    )


def _address(name: str) -> str:
    return f"/pictures/{name}.webp"
