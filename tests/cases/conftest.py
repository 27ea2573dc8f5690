"""Comparisons outside of test modules tell what they found, too."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("run_case", "sentence_list")
