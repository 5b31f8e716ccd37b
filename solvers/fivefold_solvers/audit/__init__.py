"""What a result claims, recomputed exactly, and certificates of it that can be checked without any solver."""

from __future__ import annotations

from fivefold_solvers.audit.recompute import Audit, audit
from fivefold_solvers.audit.residual import Residual

__all__ = ["Audit", "Residual", "audit"]
