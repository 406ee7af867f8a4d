"""TRL's GRPOTrainer on the CPU: run by throughput.py in an environment of its own.

    python trl_peer.py MODEL_FOLDER PROMPTS.json STEPS ANSWERS TOKENS bf16|fp32

Prints one JSON line: seconds and completion tokens of every step, and the peak memory.
"""

import json
import random
import resource
import sys
import time

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import GRPOConfig, GRPOTrainer


def main() -> None:
    folder, file, steps, answers, tokens, kind = sys.argv[1:]
    prompts = json.loads(open(file).read())  # noqa: SIM115
    torch.set_num_threads(2)
    dtype = torch.bfloat16 if kind == "bf16" else torch.float32
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    words = AutoTokenizer.from_pretrained(folder)
    dice, made, times = random.Random(1), [], []

    def reward(completion_ids: list[list[int]], **_: object) -> list[float]:
        made.append(sum(map(len, completion_ids)))
        return [float(dice.random() < 0.5) for _ in completion_ids]

    class Clock(TrainerCallback):
        def on_step_begin(self, *_: object, **__: object) -> None:
            times.append(time.monotonic())

        def on_step_end(self, *_: object, **__: object) -> None:
            times[-1] = time.monotonic() - times[-1]

    settings = GRPOConfig(
        output_dir=f"{folder}/out", use_cpu=True, bf16=False, fp16=False, report_to=[],
        save_strategy="no", logging_strategy="no", disable_tqdm=True, max_steps=int(steps),
        per_device_train_batch_size=2 * int(answers), num_generations=int(answers),
        max_completion_length=int(tokens), beta=0.0, temperature=1.0, learning_rate=1e-6,
        loss_type="dapo", gradient_checkpointing=False,
    )  # fmt: skip
    data = Dataset.from_dict({"prompt": [[{"role": "user", "content": p}] for p in prompts]})
    GRPOTrainer(model, reward, settings, data, processing_class=words, callbacks=[Clock()]).train()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": times, "tokens": made, "peak_mb": round(peak)}))


if __name__ == "__main__":
    main()
