"""The judge of support that is shipped: a small encoder, run by ONNX Runtime.

``manifest.json`` says what it was made of; ``attending train support`` makes it again.
"""

from attending.adapters.models.support.judge import OnnxSupport, shipped

__all__ = ["OnnxSupport", "shipped"]
