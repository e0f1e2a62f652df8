"""The pages: Gradio wiring, and what a browser draws. Nothing outside this room knows Gradio's components."""
