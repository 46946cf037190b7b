"""Phrases that look like orders to a model: noted on the audit row; they decide nothing."""

import re
from collections.abc import Iterable
from typing import Final

_SIGNALS: Final = {
    "override": r"\b(ignore|disregard|forget|override)\b.{0,40}"
    r"\b(previous|prior|above|earlier|all|your|system)\b",
    "role": r"\b(you are (now|an?)|act as|pretend to be|from now on|new instructions?)\b",
    "system_prompt": r"\b(system (prompt|message|override)|developer message|<\s*/?\s*system)\b",
    "tool_call": r"\b(call|use|invoke|run) (the )?[a-z]+_[a-z_]+\b|\b(draft|send)_[a-z_]+\b",
    "to_the_assistant": r"\b(assistant|ai|chatbot|llm|language model|claude|chatgpt)\b.{0,30}"
    r"\b(must|should|please|send|reply|forward|include)\b",
    "exfiltration": r"\b(send|forward|post|email|text|exfiltrate)\b.{0,60}(https?://|@|\+?\d{10})",
    "secrecy": r"\b(do not|don't|never) (tell|mention|inform|reveal|show)\b",
}
_PATTERNS: Final = {
    name: re.compile(text, re.IGNORECASE | re.DOTALL) for name, text in _SIGNALS.items()
}


def signals_in(texts: Iterable[str]) -> list[str]:
    """The names of those that are in any of the texts."""
    read = list(texts)
    return [name for name, find in _PATTERNS.items() if any(find.search(text) for text in read)]
