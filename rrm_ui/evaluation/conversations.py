"""Texts and conversations: one query and two responses out of whichever a row holds.

A conversation is a list of ``{"role": …, "content": …}``, its content text or a list of text parts. TRL's formats are
covered: with an explicit prompt (``prompt``, ``chosen``, ``rejected`` as lists) and with an implicit one (``chosen``
and ``rejected`` alone, which begin alike).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from rrm_ui.evaluation.rows import EMPTY_RESPONSE, RowError, checked_text, is_blank

CALLS = ("tool_calls", "function_call")
"""What a message may hold in place of a text."""


class Turn(NamedTuple):
    """What one side said."""

    role: str
    text: str


Content = str | list[Turn]
"""A plain text or a conversation."""


def read_content(value: object, column: str, *, json_strings: bool = False) -> Content:
    """Return the text or the conversation in ``value``.

    ``json_strings`` says that conversations may be written as JSON text, because the format has no lists of its own.

    Raises:
        RowError: it is neither, or it is empty.
    """
    if json_strings and isinstance(value, str):
        value = parsed_messages(value)
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return checked_text(value, column)
    if not value:
        raise RowError("row_empty", column=repr(column))
    return [_turn(message, column) for message in value]


def read_response(value: object, column: str, *, json_strings: bool = False) -> Content | None:
    """Return the text or the conversation in ``value`` as ``read_content`` does, or None where it holds nothing.

    A conversation whose last turn is an empty one of the assistant ends with ``EMPTY_RESPONSE``.

    Raises:
        RowError: it is neither a text nor a conversation.
    """
    if is_blank(value) or value == []:
        return None
    content = parsed_messages(value) if json_strings and isinstance(value, str) else value
    messages = [content] if isinstance(content, dict) else content
    if isinstance(messages, list) and _is_empty_answer(messages[-1]):
        return [*(_turn(message, column) for message in messages[:-1]), Turn("assistant", EMPTY_RESPONSE)]
    return read_content(content, column)


def split_comparison(prompt: Content | None, a: Content | None, b: Content | None) -> tuple[str, str, str]:
    """Return query, response A and response B as texts; of two responses one may be None, which is an empty one.

    Raises:
        RowError: there is no query, both responses are empty, or a conversation ends without an answer.
    """
    query, *responses = _split(prompt, *_both(a, b))
    if set(responses) == {EMPTY_RESPONSE}:
        raise RowError("row_both_empty")
    return query, responses[0], responses[1]


def _both(a: Content | None, b: Content | None) -> tuple[Content, Content]:
    """Return both responses, an empty one as the other without its answer."""
    if a is None or b is None:
        if (other := b if a is None else a) is None:
            raise RowError("row_both_empty")
        empty = _with_empty_answer(other)
        return (empty, other) if a is None else (other, empty)
    return a, b


def _with_empty_answer(content: Content) -> Content:
    if isinstance(content, str):
        return EMPTY_RESPONSE
    answer = next((n for n, turn in enumerate(reversed(content)) if turn.role != "assistant"), len(content))
    return [*content[: len(content) - answer], Turn("assistant", EMPTY_RESPONSE)]


def _split(prompt: Content | None, a: Content, b: Content) -> tuple[str, str, str]:
    before = [] if prompt is None else _turns(prompt, "user")
    if isinstance(a, str) and isinstance(b, str):
        shared: list[Turn] = []
        responses = (a, b)
    else:
        turns = (_turns(a, "assistant"), _turns(b, "assistant"))
        shared = _shared(*turns)
        responses = (_answer(turns[0][len(shared) :]), _answer(turns[1][len(shared) :]))
    return query_of(_told_once(before, shared)), *responses


def _told_once(before: list[Turn], shared: list[Turn]) -> list[Turn]:
    """Return the turns of a prompt and then of the conversations, those that both tell once."""
    first, then = ([(turn.role, turn.text.strip()) for turn in turns] for turns in (before, shared))
    if all(turn in then for turn in first):
        return shared
    overlap = next(n for n in range(min(len(first), len(then)), -1, -1) if first[len(first) - n :] == then[:n])
    return before + shared[overlap:]


def query_of(turns: Sequence[Turn]) -> str:
    """Return the text that is judged of a prompt's messages, those without text left out.

    Raises:
        RowError: none holds any.
    """
    told = [turn for turn in turns if turn.text]
    if not told:
        raise RowError("row_no_query")
    return rendered(told)


def rendered(turns: Sequence[Turn]) -> str:
    """Return turns as one text; a single user turn is its text alone."""
    if len(turns) == 1 and turns[0].role == "user":
        return turns[0].text
    return "\n\n".join(f"{turn.role.capitalize()}: {turn.text}" for turn in turns)


def parsed_messages(value: str) -> object:
    """Return the messages that ``value`` writes in JSON, or ``value`` itself if it writes something else."""
    if not value.lstrip().startswith("["):
        return value
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return value  # a text that begins with a bracket
    messages = isinstance(found, list) and all(isinstance(part, dict) and "role" in part for part in found)
    return found if messages and found else value


def _is_empty_answer(message: object) -> bool:
    """Return whether ``message`` is a turn of the assistant that says nothing and calls nothing."""
    if not isinstance(message, dict) or message.get("role") != "assistant" or any(map(message.get, CALLS)):
        return False
    content = message.get("content")
    texts = content if isinstance(content, list) else [{"text": content}]
    return all(
        isinstance(part, dict) and part.get("type", "text") == "text" and is_blank(part.get("text")) for part in texts
    )


def _turn(message: object, column: str) -> Turn:
    if not isinstance(message, dict) or not isinstance(role := message.get("role"), str):
        raise RowError("row_not_messages", column=repr(column))
    content = message.get("content")
    if isinstance(content, list):
        content = "\n\n".join(_part(part, column) for part in content)
    if role == "system" and is_blank(content):
        return Turn(role, "")
    return Turn(role, checked_text(content, column))


def _part(part: object, column: str) -> str:
    if isinstance(part, dict) and part.get("type", "text") == "text" and isinstance(text := part.get("text"), str):
        return text
    raise RowError("row_not_only_text", column=repr(column))


def _turns(content: Content, role: str) -> list[Turn]:
    turns = [Turn(role, content)] if isinstance(content, str) else content
    return [turn for turn in turns if turn.text]


def _shared(a: list[Turn], b: list[Turn]) -> list[Turn]:
    """Return the turns that both conversations begin with, at most up to the last turn of either."""
    count = 0
    while count < min(len(a), len(b)) - 1 and a[count] == b[count]:
        count += 1
    return a[:count]


def _answer(turns: Sequence[Turn]) -> str:
    if not turns or turns[-1].role != "assistant":
        raise RowError("row_no_answer")
    if all(turn.role == "assistant" for turn in turns):
        return "\n\n".join(turn.text for turn in turns)
    return rendered(turns)
