"""How the page looks: the design tokens first, then the theme that hands them to Gradio's own components.

The same tokens reach our style sheet as CSS variables (``--rrm-…``). Text colours keep a contrast of at least
4.5 to 1 on every surface they are used on, in both modes.
"""

from __future__ import annotations

from inspect import signature

import gradio as gr
from gradio.themes.utils import sizes

FONT: list[gr.themes.Font | str] = [
    # Bundled with Gradio. Its file for 600 lacks plain letters, so what is bold takes 700.
    gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)),
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "sans-serif",
]
TAIWAN = {
    "PingFang SC": "PingFang TC",
    "Microsoft YaHei": "Microsoft JhengHei",
    "Noto Sans CJK SC": "Noto Sans CJK TC",
}
"""What stands in the fonts' place for readers of traditional Chinese: Han characters are drawn otherwise there."""

LIGHT = {
    "page": "#f7f7f5",
    "surface": "#ffffff",
    "sunken": "#f1f1ee",
    "ink": "#1c1e21",
    "muted": "#5a5f66",
    "line": "#dcdcd7",
    "line-strong": "#777c83",
    "a": "#1f5f94",
    "a-tint": "#e3edf6",
    "b": "#94501a",
    "b-tint": "#f7eadd",
    "alert": "#9d2b2b",
    "alert-tint": "#fbeaea",
    "action": "#24282e",
    "action-ink": "#ffffff",
    "tick": "#24282e",
    "focus": "#1f5f94",
}
DARK = {
    "page": "#131518",
    "surface": "#1b1e22",
    "sunken": "#15171a",
    "ink": "#e7e8ea",
    "muted": "#a3a8b0",
    "line": "#32363c",
    "line-strong": "#7a8089",
    "a": "#8dbce6",
    "a-tint": "#1d3044",
    "b": "#e3ac7a",
    "b-tint": "#41301f",
    "alert": "#f0a0a0",
    "alert-tint": "#3c2424",
    "action": "#e7e8ea",
    "action-ink": "#16181b",
    "tick": "#5f7f9e",
    "focus": "#8dbce6",
}
SHAPES = {"small": "13px", "normal": "15px", "large": "38px", "radius": "6px", "gap": "16px"}
"""Three sizes of type, and the measures that everything else is a multiple of."""


GRADIO_COLOURS = {
    "body_background_fill": "page",
    "body_text_color": "ink",
    "body_text_color_subdued": "muted",
    "background_fill_primary": "surface",
    "background_fill_secondary": "sunken",
    "border_color_primary": "line",
    "border_color_accent": "focus",
    "color_accent": "focus",
    "block_background_fill": "surface",
    "block_border_color": "line",
    "block_label_text_color": "ink",
    "block_title_text_color": "ink",
    "block_info_text_color": "muted",
    "panel_background_fill": "page",
    "input_background_fill": "surface",
    "input_background_fill_focus": "surface",
    "input_border_color": "line-strong",
    "input_border_color_focus": "focus",
    "input_placeholder_color": "muted",
    "slider_color": "action",
    "checkbox_background_color": "surface",
    "checkbox_background_color_focus": "surface",
    "checkbox_background_color_hover": "surface",
    "checkbox_background_color_selected": "tick",
    "checkbox_border_color": "line-strong",
    "checkbox_border_color_selected": "tick",
    "checkbox_label_background_fill": "surface",
    "button_primary_background_fill": "action",
    "button_primary_background_fill_hover": "action",
    "button_primary_text_color": "action-ink",
    "button_primary_border_color": "action",
    "button_secondary_background_fill": "surface",
    "button_secondary_background_fill_hover": "sunken",
    "button_secondary_text_color": "ink",
    "button_secondary_border_color": "line-strong",
}
"""Gradio's variables, and the token that each takes."""


def token_css() -> str:
    """Return the tokens as CSS variables, light and dark; on paper, whose ground stays white, all is light."""
    dark = ":root.dark, :root .dark"
    gradio = {name.replace("_", "-"): LIGHT[token] for name, token in GRADIO_COLOURS.items()}
    fonts = ", ".join(f'"{TAIWAN.get(name, name)}"' if " " in name else name for name in map(_font_name, FONT))
    return "\n".join(
        (
            _variables(":root", _tokens({**SHAPES, **LIGHT})),
            _variables(dark, _tokens(DARK)),
            f"@media print {{{_variables(dark, {**_tokens(LIGHT), **gradio})}}}",
            _variables(":root:lang(zh-TW)", {"font": fonts, "font-mono": fonts}),
        )
    )


def _tokens(values: dict[str, str]) -> dict[str, str]:
    """Return the CSS variables of ``values``."""
    return {f"rrm-{name}": value for name, value in values.items()}


def _variables(selector: str, values: dict[str, str]) -> str:
    """Return the rule that gives ``values`` to what ``selector`` matches."""
    return selector + " {" + " ".join(f"--{name}: {value};" for name, value in values.items()) + "}"


def _font_name(font: gr.themes.Font | str) -> str:
    return font if isinstance(font, str) else font.name


def build_theme() -> gr.themes.Base:
    """Return Gradio's theme, made of the tokens."""
    small, normal = SHAPES["small"], SHAPES["normal"]
    text = sizes.Size(xxs=small, xs=small, sm=small, md=normal, lg=normal, xl=normal, xxl=normal, name="text_rrm")
    theme = gr.themes.Base(font=FONT, font_mono=FONT, text_size=text, radius_size=sizes.radius_sm)
    colours = {name: LIGHT[token] for name, token in GRADIO_COLOURS.items()}
    known = signature(theme.set).parameters  # a few of Gradio's variables have no dark form of their own
    colours |= {f"{name}_dark": DARK[token] for name, token in GRADIO_COLOURS.items() if f"{name}_dark" in known}
    plain = {"block_shadow": "none", "block_border_width": "0px", "input_border_width": "1px", "block_padding": "0px"}
    shapes = {"button_border_width": "1px", "block_label_text_weight": "700", "block_title_text_weight": "700"}
    return theme.set(**colours, **plain, **shapes)
