from __future__ import annotations

import re

import pytest

from rrm_ui.evaluation.report.document import report_styles
from rrm_ui.ui.launch_options import launch_options, page_head
from rrm_ui.ui.theme import DARK, LIGHT


def luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("ink", "muted") for ground in ("page", "surface", "sunken")),
        ("a", "surface"),
        ("a", "a-tint"),
        ("b", "surface"),
        ("b", "b-tint"),
        ("ink", "a-tint"),
        ("ink", "b-tint"),
        ("surface", "a"),
        ("surface", "b"),
        ("alert", "alert-tint"),
        ("alert", "surface"),
        ("action-ink", "action"),
    ],
)
def test_text_is_readable(tokens: dict[str, str], text: str, ground: str) -> None:
    assert contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_borders_and_focus_are_visible(tokens: dict[str, str]) -> None:
    assert contrast(tokens["line-strong"], tokens["page"]) >= 3
    assert contrast(tokens["line-strong"], tokens["line"]) >= 3  # a meter and its ground
    assert contrast(tokens["focus"], tokens["page"]) >= 3


def test_traditional_chinese_has_fonts_of_its_own() -> None:
    for styles in (page_head(), report_styles(standalone=True)):
        fonts = re.findall(r":root:lang\(zh-TW\)[^}]*", styles)
        assert "Microsoft JhengHei" in fonts[0]
        assert "Microsoft YaHei" not in fonts[0]


def test_the_page_asks_no_other_host() -> None:
    addresses = set(re.findall(r"(?:https?:)?//[a-z][\w.-]+\.[a-z]{2,}", page_head()))
    assert addresses == {"http://www.w3.org"}, "a namespace, not a request"


def test_texts_cannot_end_the_script() -> None:
    assert page_head().count("</script>") == 1
    assert page_head().count("</style>") == 1


def test_nothing_is_recorded_or_offered_besides_the_page() -> None:
    options = launch_options()
    assert options["run_history"] is False
    assert options["enable_monitoring"] is False
    assert options["footer_links"] == []
    assert options["strict_cors"] is True
