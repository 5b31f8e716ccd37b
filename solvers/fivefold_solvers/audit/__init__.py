"""What a result claims, recomputed exactly, and certificates of it that can be checked without any solver."""

from __future__ import annotations

from fivefold_solvers.audit.certified import Certificate, CertificateError, certificate, read_certificate
from fivefold_solvers.audit.linear import Duals
from fivefold_solvers.audit.recompute import Audit, Worst, audit
from fivefold_solvers.audit.residual import Residual
from fivefold_solvers.audit.verification import Verification, verify

__all__ = [
    "Audit",
    "Certificate",
    "CertificateError",
    "Duals",
    "Residual",
    "Verification",
    "Worst",
    "audit",
    "certificate",
    "read_certificate",
    "verify",
]
