"""/admin/ai-drafts/[draft]: one draft beside the facts, or a held one beside what was read."""

import reflex as rx

from moonshot_app.components.failure import failed_callout
from moonshot_app.components.field import field
from moonshot_app.components.icon import icon
from moonshot_app.components.lists import FAILED, LOADING, READY, not_read
from moonshot_app.page import clinic_page
from moonshot_app.pages.drafts import words
from moonshot_app.pages.drafts.facts import Fact, Facts
from moonshot_app.pages.drafts.inbox import Inbox
from moonshot_app.pages.drafts.rows import Part, PassageRow, Piece, ShareRow
from moonshot_app.pages.drafts.state import MISSING, Review

_TEXT = "text"
_TYPED = rx.Var(f"document.getElementById('{_TEXT}')?.value ?? ''", _var_type=str)


@clinic_page("/admin/ai-drafts/[draft]", title="Draft", on_load=[Review.load])
def draft() -> rx.Component:
    return rx.el.main(
        rx.el.a(icon("back"), "Drafts", href=words.ADDRESS, class_name="back"),
        rx.cond(
            Inbox.done != "",
            rx.el.div(
                icon("check"), rx.el.p(Inbox.done), class_name="callout callout--ok", role="status"
            ),
        ),
        rx.cond(Review.phase == LOADING, _bones()),
        rx.cond(Review.phase == READY, _ready()),
        rx.cond(
            Review.phase == MISSING,
            rx.el.div(
                rx.el.h1("No such draft in this clinic"),
                rx.el.p(
                    "The address may be cut off, it belongs to another clinic, or it is held for "
                    "somebody else.",
                    class_name="soft measure",
                ),
                rx.el.a("All drafts", href=words.ADDRESS, class_name="button"),
                class_name="stack",
            ),
        ),
        rx.cond(
            Review.phase == FAILED,
            rx.el.div(
                rx.el.h1("This draft could not be opened"),
                rx.el.div(
                    not_read(
                        Review.said,
                        rx.el.button(
                            "Try again", type="button", class_name="button", on_click=Review.load
                        ),
                    ),
                    class_name="table-box",
                ),
                class_name="stack",
            ),
        ),
        id="main",
        class_name="page",
    )


def _ready() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.div(rx.el.h1(Review.title), rx.el.p(Review.lead)),
            rx.el.a("Open chart", href=Review.chart, class_name="button button--small not-phone"),
            class_name="page-head",
        ),
        rx.cond(
            Review.revoked != "",
            rx.el.div(
                icon("alert"),
                rx.el.p(Review.revoked, " Look whether you still want what it proposed."),
                class_name="callout callout--warn",
            ),
        ),
        rx.cond(
            Review.outcome != "",
            rx.el.div(icon("check"), rx.el.p(Review.outcome), class_name="callout", role="status"),
        ),
        rx.cond(Review.is_held, _held(), _open()),
        failed_callout(Review.wrong),
        rx.cond(
            Review.is_open,
            rx.cond(Review.is_held, _sign_bar(), rx.cond(Review.rejecting, _reject(), _sign_bar())),
        ),
        rx.el.div(
            rx.cond(
                Review.is_open,
                rx.cond(
                    Review.is_held,
                    rx.fragment(),
                    rx.fragment(
                        rx.cond(Review.may_sign, _keys("s", "sign")),
                        _keys("e", "edit"),
                        _keys("r", "reject"),
                    ),
                ),
            ),
            rx.cond(Review.following != "", _keys("j", "next draft")),
            class_name="keys not-phone",
        ),
        rx.cond(
            Review.following != "",
            rx.el.a(
                rx.cond(Review.is_held, "The draft in the queue", "Next draft"),
                href=Review.following,
                custom_attrs={"data-key": "j"},
                class_name="button button--small",
            ),
        ),
    )


def _keys(key: str, does: str) -> rx.Component:
    return rx.el.span(rx.el.kbd(key), " ", does)


def _open() -> rx.Component:
    return rx.el.div(
        rx.el.article(
            rx.el.div(
                rx.el.div(
                    rx.el.span("As proposed"),
                    rx.el.span(rx.el.ins("Added here")),
                    rx.el.span(rx.el.del_("Removed here")),
                    class_name="legend",
                ),
                class_name="note__head",
            ),
            rx.el.div(rx.foreach(Review.parts, _part), class_name="note"),
            class_name="card",
            aria_label="The draft",
        ),
        rx.cond(
            rx.Var.create(Review.facts).to(list).length() > 0,
            rx.el.aside(
                rx.el.div(
                    rx.el.h2("Facts of this patient"),
                    rx.el.p("Coded values as they are now.", class_name="small soft"),
                    class_name="card__part",
                ),
                rx.foreach(Review.facts, _facts),
                rx.cond(
                    Review.read != "",
                    rx.el.div(
                        "Read before it was proposed: ",
                        Review.read,
                        class_name="card__part small soft",
                    ),
                ),
                class_name="card facts",
                aria_label="Facts of this patient",
            ),
        ),
        class_name="two",
    )


def _part(part: Part) -> rx.Component:
    return rx.el.section(
        rx.el.h2(
            rx.cond(
                Review.editing == part.key,
                rx.el.label(part.label, html_for=_TEXT),
                rx.fragment(
                    part.label,
                    rx.cond(
                        Review.is_open,
                        rx.el.button(
                            "Edit",
                            rx.el.span(f" {part.label}", class_name="only-read-aloud"),
                            type="button",
                            class_name="button button--small button--quiet",
                            on_click=Review.edit(part.key),
                            custom_attrs={"data-key": "e"},
                        ),
                    ),
                ),
            ),
        ),
        rx.cond(
            Review.editing == part.key,
            _editor(part),
            rx.cond(
                rx.Var.create(part.pieces).to(list).length() == 0,
                rx.el.p("Says nothing.", class_name="soft"),
                rx.el.p(rx.foreach(part.pieces, _piece), class_name="as-written"),
            ),
        ),
    )


def _editor(part: Part) -> rx.Component:
    return rx.el.div(
        rx.el.textarea(
            id=_TEXT,
            key=Review.draft_id + part.key,
            default_value=part.text,
            auto_focus=True,
            class_name="textarea",
            on_change=lambda text: Review.save(
                part.key, text, Review.draft_id, Review.version
            ).debounce(600),
        ),
        rx.el.div(
            rx.el.span(
                rx.cond(Review.unsaved != "", Review.unsaved, Review.saved),
                class_name=rx.cond(Review.unsaved != "", "small field__error", "small soft"),
                role="status",
            ),
            rx.el.span(
                rx.cond(
                    Review.taken,
                    rx.fragment(
                        rx.el.button(
                            "Show theirs",
                            type="button",
                            class_name="button button--small button--quiet",
                            on_click=Review.read_again(Review.draft_id),
                        ),
                        rx.el.button(
                            "Keep mine",
                            type="button",
                            class_name="button button--small",
                            on_click=Review.save_over(part.key, _TYPED, Review.draft_id),
                        ),
                    ),
                    rx.el.button(
                        "Done",
                        type="button",
                        class_name="button button--small",
                        on_click=[
                            Review.save(part.key, _TYPED, Review.draft_id, Review.version),
                            Review.edit(""),
                        ],
                        custom_attrs={"data-escape": "yes"},
                    ),
                ),
                class_name="row",
            ),
            class_name="row row--between",
        ),
    )


def _piece(piece: Piece) -> rx.Component | rx.Var[rx.Component]:
    number = rx.cond(piece.number != "", rx.el.span(piece.number, class_name="n"))
    return rx.match(
        piece.how,
        ("added", rx.el.ins(piece.text)),
        ("removed", rx.el.del_(piece.text)),
        ("mark", rx.el.mark(piece.text, number)),
        ("is-phone", rx.el.mark(piece.text, number, class_name="is-phone")),
        rx.el.span(piece.text),
    )


def _facts(group: Facts) -> rx.Component:
    return rx.el.div(
        rx.el.h3(group.title, " ", rx.el.span(group.of, class_name="soft")),
        rx.el.table(rx.el.tbody(rx.foreach(group.facts, _fact))),
        class_name="card__part",
    )


def _fact(fact: Fact) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            fact.name,
            rx.cond(fact.reference != "", rx.el.span(fact.reference, class_name="ref")),
            scope="row",
        ),
        rx.el.td(
            fact.value, rx.cond(fact.flag != "", rx.el.span(f" {fact.flag}", class_name="flagged"))
        ),
    )


def _held() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.section(
                rx.el.div(rx.el.h2("What was proposed"), class_name="card__part"),
                rx.el.div(
                    rx.el.blockquote(rx.foreach(Review.proposal, _piece), class_name="as-written"),
                    class_name="passage",
                ),
                class_name="card",
                aria_label="What was proposed",
            ),
            rx.el.section(
                rx.el.div(
                    rx.el.h2("What had been read before"),
                    rx.el.p(
                        "Written by patients or other outsiders, as it stands in the record.",
                        class_name="small soft",
                    ),
                    class_name="card__part",
                ),
                rx.foreach(Review.passages, _passage),
                rx.cond(
                    rx.Var.create(Review.apart).to(list).length() > 0,
                    rx.el.details(
                        rx.el.summary(
                            "The proposal shares nothing with ",
                            rx.Var.create(Review.apart).to(list).length().to_string(),
                            " more",
                        ),
                        rx.foreach(Review.apart, _passage),
                        class_name="passage",
                        open=rx.Var.create(Review.passages).to(list).length() == 0,
                    ),
                ),
                class_name="card",
                aria_label="What had been read before",
            ),
            class_name="side-by-side",
        ),
        rx.el.section(
            rx.el.div(rx.el.h2("What they share"), class_name="card__part"),
            rx.cond(
                rx.Var.create(Review.shares).to(list).length() == 0,
                rx.el.p(
                    "No phrase, phone number, link, or name of another patient.",
                    class_name="card__part soft",
                ),
                rx.el.ol(rx.foreach(Review.shares, _share), class_name="shares"),
            ),
            class_name="card section--near",
            aria_label="What they share",
        ),
    )


def _passage(passage: PassageRow) -> rx.Component:
    return rx.el.div(
        rx.el.p(rx.el.strong(passage.source), rx.el.span(passage.at), class_name="passage__from"),
        rx.el.blockquote(rx.foreach(passage.pieces, _piece), class_name="as-written"),
        class_name="passage",
    )


def _share(share: ShareRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(share.number, class_name="n"),
        rx.el.span(share.what, class_name=rx.cond(share.alarms, "strong alarms", "strong")),
        rx.el.span(share.told),
    )


def _hidden() -> tuple[rx.Component, ...]:
    """What a deed is about, as this page shows it: a server that was started anew knows nothing."""
    told = (
        ("draft_id", Review.draft_id),
        ("version", rx.Var.create(Review.version).to_string()),
        ("sha256", Review.sha256),
        ("held", rx.cond(Review.is_held, "yes", "no")),
        ("title", Review.title),
    )
    return tuple(rx.el.input(type="hidden", name=name, value=value) for name, value in told)


def _sign_bar() -> rx.Component:
    # Two forms: of a field that is not there Reflex sends null, which no form of ours may hold.
    asks = Review.may_sign & Review.needs_proof
    return rx.cond(asks, _signing(_password()), _signing())


def _password() -> rx.Component:
    return field(
        "password", "Your password, to sign", type="password", auto_complete="current-password"
    )


def _signing(*asked: rx.Component) -> rx.Component:
    return rx.el.form(
        *_hidden(),
        rx.el.div(
            rx.el.strong(
                rx.cond(Review.may_sign, Review.follows, "Somebody who may sign this will decide")
            ),
            rx.el.p(
                rx.cond(
                    Review.is_held,
                    "Discarding deletes the proposal. The log keeps that it was made.",
                    "Both texts are kept, the assistant’s and yours.",
                )
            ),
            *asked,
            class_name="signbar__said",
        ),
        rx.el.div(
            rx.cond(
                Review.is_held,
                rx.fragment(
                    rx.el.button(
                        "Discard",
                        type="button",
                        class_name="button",
                        disabled=Review.working,
                        on_click=Review.discard(Review.draft_id),
                    ),
                    rx.el.button(
                        "Release to the queue",
                        type="button",
                        class_name="button",
                        disabled=Review.working,
                        on_click=Review.release(Review.draft_id, Review.sha256),
                    ),
                ),
                rx.el.button(
                    "Reject",
                    type="button",
                    class_name="button button--danger",
                    on_click=Review.ask_why,
                    custom_attrs={"data-key": "r"},
                ),
            ),
            rx.cond(
                Review.may_sign,
                rx.cond(
                    Review.is_held,
                    # No key of its own: who releases has looked.
                    rx.el.button(
                        "Release and sign as ",
                        Review.signer,
                        type="submit",
                        class_name="button",
                        disabled=Review.working,
                    ),
                    rx.el.button(
                        "Sign as ",
                        Review.signer,
                        type="submit",
                        class_name="button button--primary",
                        disabled=Review.working,
                        custom_attrs={"data-key": "s"},
                    ),
                ),
            ),
            class_name="signbar__do",
        ),
        on_submit=Review.sign,
        class_name="signbar",
        id="sign",
    )


def _reject() -> rx.Component:
    return rx.el.form(
        *_hidden(),
        field(
            "reason",
            "Why it is rejected",
            hint="The assistant may be told. You may leave it empty.",
            max_length=500,
            auto_focus=True,
        ),
        rx.el.div(
            rx.el.button(
                "Leave it",
                type="button",
                class_name="button",
                on_click=Review.leave,
                custom_attrs={"data-escape": "yes"},
            ),
            rx.el.button(
                "Reject",
                type="submit",
                class_name="button button--danger",
                disabled=Review.working,
            ),
            class_name="signbar__do",
        ),
        on_submit=Review.reject,
        class_name="signbar",
        id="reject",
    )


def _bones() -> rx.Component:
    bones = (rx.el.p(rx.el.span(class_name="bone bone--long")) for _ in range(6))
    return rx.el.div(
        rx.el.h1(
            rx.el.span("Opening the draft", class_name="only-read-aloud"),
            rx.el.span(class_name="bone bone--title"),
            class_name="page-head",
        ),
        rx.el.div(*bones, class_name="card card__part stack"),
        aria_busy="true",
    )
