"""What a command's exit code says."""

EXIT_DONE = 0
EXIT_FAILURE = 1
EXIT_BAD_INPUT = 2
"""Nothing ran. (argparse ends with 2 as well.)"""
EXIT_NO_VERDICT = 3
EXIT_CODES = "exit codes: 0 done, 1 something broke or was stopped, 2 bad input, 3 no verdict (judge)"
