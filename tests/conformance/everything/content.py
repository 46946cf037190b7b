"""What the suite's tools, prompts and resources answer when nothing has to be asked first."""

from typing import Any, Final

Wire = dict[str, Any]
"""JSON as it is sent."""

PNG: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WAV: Final = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA="


def text(said: str) -> Wire:
    """A block of text."""
    return {"type": "text", "text": said}


def resource(uri: str, kind: str, **content: str) -> Wire:
    """A block that is a resource."""
    return {"type": "resource", "resource": {"uri": uri, "mimeType": kind, **content}}


IMAGE: Final = {"type": "image", "mimeType": "image/png", "data": PNG}
AUDIO: Final = {"type": "audio", "mimeType": "audio/wav", "data": WAV}

TOOLS: Final[dict[str, Wire]] = {
    "test_simple_text": {"content": [text("This is a simple text response for testing.")]},
    "test_image_content": {"content": [IMAGE]},
    "test_audio_content": {"content": [AUDIO]},
    "test_embedded_resource": {
        "content": [resource("test://embedded", "text/plain", text="An embedded resource.")]
    },
    "test_multiple_content_types": {
        "content": [
            text("Text, an image and a resource:"),
            IMAGE,
            resource("test://mixed", "application/json", text='{"test":"data","value":123}'),
        ]
    },
    "test_error_handling": {
        "content": [text("This tool intentionally returns an error for testing")],
        "isError": True,
    },
}

SCHEMA_2020_12: Final[Wire] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}

RESOURCES: Final[dict[str, Wire]] = {
    "test://static-text": {"mimeType": "text/plain", "text": "The static text resource."},
    "test://static-binary": {"mimeType": "image/png", "blob": PNG},
    "test://watched-resource": {"mimeType": "text/plain", "text": "The watched resource."},
}
TEMPLATE: Final = "test://template/{id}/data"

PROMPTS: Final[dict[str, tuple[str, ...]]] = {
    "test_simple_prompt": (),
    "test_prompt_with_arguments": ("arg1", "arg2"),
    "test_prompt_with_embedded_resource": ("resourceUri",),
    "test_prompt_with_image": (),
    "test_input_required_result_prompt": (),
}
"""Each with its arguments."""


def prompt(name: str, given: dict[str, str]) -> list[Wire]:
    """The content of its messages; KeyError when an argument is missing."""
    match name:
        case "test_simple_prompt":
            return [text("This is a simple prompt for testing.")]
        case "test_prompt_with_arguments":
            return [text(f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'")]
        case "test_prompt_with_embedded_resource":
            embedded = resource(given["resourceUri"], "text/plain", text="Embedded for testing.")
            return [embedded, text("Please process the embedded resource above.")]
        case _:
            return [IMAGE, text("Please analyze the image above.")]
