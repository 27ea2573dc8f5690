"""The layout of workflow files: indentation, spaces and empty lines, and nothing else."""

from braid.language.formatting.formatter import format_text

__all__ = ["format_text"]
