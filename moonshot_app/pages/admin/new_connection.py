"""/admin/ai-mcp/new: make a credential for an assistant, and see its token once."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import reflex as rx

from models.permission import Role
from moonshot_app.components.choice import segments
from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.components.failure import failed_callout, said_of
from moonshot_app.components.field import field
from moonshot_app.components.icon import icon
from moonshot_app.components.secret import Secret, reveal, secret_card
from moonshot_app.guard import SIGNED_IN, needs
from moonshot_app.kept import Kept
from moonshot_app.page import clinic_page
from moonshot_app.session import signed_in
from moonshot_app.tool_titles import reach, role_title, tools_of
from services.errors import InvalidInput
from services.identity import accounts, credentials

_LIVES = [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "365 days")]
_ALL, _READING, _SOME = "all", "reading", "some"
_TOOL = "tool-"


class NewConnection(Kept):
    """The person's roles, what the chosen one may be given, and what was wrong."""

    roles: list[tuple[str, str]] = []
    role: str = ""
    reaches: str = ""
    tools: list[tuple[str, str]] = []
    wrong_name: str = ""
    wrong: str = ""
    working: bool = False

    @rx.event
    @needs(SIGNED_IN)
    async def load(self) -> None:
        """Ask which roles there are to choose from."""
        async with signed_in(self) as clinic:
            me = await accounts.who(clinic)
        self.working = False
        self.roles = [(role.value, role_title(role)) for role in me.roles]
        if await self._has_come_back():
            return
        self.wrong, self.wrong_name = "", ""
        self._choose(me.usual_role)

    @rx.event
    @needs(SIGNED_IN)
    async def choose(self, role: str) -> None:
        """Show what this role may be given."""
        if role in {value for value, _ in self.roles}:
            self._choose(Role(role))

    def _choose(self, role: Role) -> None:
        self.role = role.value
        self.reaches = reach(role)
        self.tools = [(tool.name, tool.title) for tool in tools_of(role)]

    @rx.event
    @needs(SIGNED_IN)
    async def mint(self, form: dict[str, str]) -> AsyncGenerator[None]:
        """Make it; a second click makes no second one."""
        if (await self.get_state(Secret)).token:
            return
        self.working, self.wrong, self.wrong_name = True, "", ""
        yield
        try:
            await self._mint(form)
        except InvalidInput as invalid:
            problems = dict(invalid.problems)
            name = problems.pop("name", "")
            self.wrong_name = f"The name {name}." if name else ""
            self.wrong = said_of(InvalidInput(problems)) if problems else ""
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self.wrong = said_of(error)
        self.working = False

    async def _mint(self, form: dict[str, str]) -> None:
        name, reaches, days = form.get("name", "").strip(), form.get("reach"), form.get("life", "")
        if days not in dict(_LIVES):
            raise InvalidInput({"life": "must be one of those that are offered"})
        role = _role(form.get("role", ""))
        given = {tool.name for tool in tools_of(role) if form.get(_TOOL + tool.name)}
        tools = given if reaches == _SOME else None
        read_only = reaches == _READING
        async with signed_in(self) as clinic:
            me = await accounts.who(clinic)
            minted = await credentials.mint(
                clinic,
                role=role,
                name=name,
                life=timedelta(days=int(days)),
                read_only=read_only,
                tools=tools,
            )
        times = ClinicTime(clinic.principal)
        facts = [
            ("Name", name),
            ("Acts as", f"{me.name}, {role_title(role).lower()}"),
            ("May", reach(role, tools=tools, read_only=read_only)),
            ("Ends", f"{times.day(minted.expires_at)}, {times.until(minted.expires_at)}"),
        ]
        reveal(await self.get_state(Secret), minted.token, facts)


def _role(chosen: str) -> Role:
    """As the form says it; whether it is one of the person's is asked when it is used."""
    try:
        return Role(chosen)
    except ValueError:
        raise InvalidInput({"role": "must be one of yours"}) from None


@clinic_page(
    "/admin/ai-mcp/new",
    title="Connect an assistant",
    on_open=[Secret.load],
    on_load=[NewConnection.load],
)
def new_connection() -> rx.Component:
    return rx.el.main(
        rx.el.a(icon("back"), "AI connections", href="/admin/ai-mcp/", class_name="back"),
        rx.el.div(
            rx.el.div(
                rx.el.h1("Connect an assistant"),
                rx.el.p(
                    "You make a token and give it to one assistant. It reads in your name, with "
                    "one of your roles, until its last day or until you revoke it."
                ),
            ),
            class_name="page-head",
        ),
        rx.cond(Secret.token != "", secret_card(), _form()),
        id="main",
        class_name="page page--form",
    )


def _form() -> rx.Component:
    return rx.el.form(
        field(
            "name",
            "Name",
            hint="So that you know it again in the list and in the log.",
            wrong=NewConnection.wrong_name,
            placeholder="Claude Code, laptop",
            required=True,
            max_length=60,
            auto_complete="off",
        ),
        rx.el.div(
            rx.el.label("Role", html_for="role", class_name="field__label"),
            rx.el.span(NewConnection.reaches, class_name="field__hint", id="role-hint"),
            rx.el.select(
                rx.foreach(NewConnection.roles, lambda role: rx.el.option(role[1], value=role[0])),
                id="role",
                name="role",
                value=NewConnection.role,
                on_change=NewConnection.choose,
                aria_describedby="role-hint",
                class_name="select",
            ),
            class_name="field",
        ),
        _reach(),
        segments("life", "Ends after", _LIVES, "90"),
        failed_callout(NewConnection.wrong),
        rx.el.div(
            rx.el.button(
                rx.cond(NewConnection.working, rx.el.span(class_name="spinner")),
                "Make the token",
                type="submit",
                class_name="button button--primary",
                disabled=NewConnection.working,
            ),
            rx.el.a("Cancel", href="/admin/ai-mcp/", class_name="button button--quiet"),
            class_name="row",
        ),
        on_submit=NewConnection.mint,
        class_name="card card__part stack form-card",
    )


def _reach() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("It may", class_name="field__label"),
        _radio(
            _ALL,
            "Use everything of the role",
            "What it proposes waits until a person signs it.",
            on=True,
        ),
        _radio(_READING, "Read only", "It will never propose anything."),
        _radio(_SOME, "Use only some tools", "You choose which."),
        rx.el.div(
            rx.foreach(
                NewConnection.tools,
                lambda tool: rx.el.label(
                    rx.el.input(type="checkbox", name=_TOOL + tool[0].to(str), value="yes"),
                    rx.el.span(tool[1], " ", rx.el.code(tool[0], class_name="faint small")),
                    class_name="check",
                ),
            ),
            class_name="reach__tools",
        ),
        class_name="field reach",
    )


def _radio(value: str, label: str, hint: str, *, on: bool = False) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio", name="reach", value=value, id=f"reach-{value}", default_checked=on
        ),
        rx.el.span(label, rx.el.small(hint, class_name="field__hint")),
        class_name="check check--radio",
    )
