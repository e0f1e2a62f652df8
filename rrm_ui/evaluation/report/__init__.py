"""A run as a document: one tree of elements, written as a file of its own or drawn by the Evaluate page."""

from rrm_ui.evaluation.report.document import comparison_html, report_html, training_html
from rrm_ui.evaluation.report.training import training_tree
from rrm_ui.evaluation.report.two_runs import comparison_tree
from rrm_ui.evaluation.report.whole import report_tree

__all__ = ["comparison_html", "comparison_tree", "report_html", "report_tree", "training_html", "training_tree"]
