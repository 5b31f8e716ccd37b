"""Turns a GGUF file into a folder that vLLM reads; run by the Python of vLLM's environment, as a file.

It needs transformers, torch, gguf and accelerate, which Fivefold itself does not have: nothing of Fivefold is
imported here. The 4-bit weights become 16-bit ones: as good as before, three times as large.
"""

import importlib
import sys
from pathlib import Path
from typing import Any


def main(gguf: Path, folder: Path) -> None:
    """Write config, tokenizer and weights of `gguf` to `folder`."""
    torch: Any = importlib.import_module("torch")
    transformers: Any = importlib.import_module("transformers")
    given = {"gguf_file": gguf.name, "local_files_only": True}
    llm = transformers.AutoModelForCausalLM.from_pretrained(gguf.parent, dtype=torch.bfloat16, **given)
    tokenizer = transformers.AutoTokenizer.from_pretrained(gguf.parent, **given)
    # What is written is no longer quantized; with these marks left it could be neither saved nor loaded.
    llm.hf_quantizer = None
    if hasattr(llm.config, "quantization_config"):
        del llm.config.quantization_config
    llm.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
