"""What a run's stored votes say: accuracy, curves over compute, calibration, bias. Nothing is generated again."""

from rrm_ui.evaluation.analysis.contract import comparison_json, contract_json
from rrm_ui.evaluation.analysis.overview import find
from rrm_ui.evaluation.analysis.run_comparison import compare_runs

__all__ = ["compare_runs", "comparison_json", "contract_json", "find"]
