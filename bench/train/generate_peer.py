"""transformers' generate at a batch of 64: run by throughput.py beside our rollouts.

python generate_peer.py MODEL_FOLDER PROMPTS.json TOKENS bf16|fp32 TIMES
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    folder, file, tokens, kind, times = sys.argv[1:]
    prompts = json.loads(open(file).read())  # noqa: SIM115
    torch.set_num_threads(2)
    dtype = torch.bfloat16 if kind == "bf16" else torch.float32
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()
    words = AutoTokenizer.from_pretrained(folder, padding_side="left")
    turns = [[{"role": "user", "content": p}] for p in prompts for _ in range(64 // len(prompts))]
    texts = [
        words.apply_chat_template(t, tokenize=False, add_generation_prompt=True) for t in turns
    ]
    batch = words(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    rows = []
    for i in range(int(times) + 1):
        torch.manual_seed(i)
        start = time.monotonic()
        with torch.inference_mode():
            out = model.generate(
                **batch, do_sample=True, top_k=0, top_p=1.0, temperature=1.0,
                max_new_tokens=int(tokens), pad_token_id=words.eos_token_id,
            )  # fmt: skip
        spent = time.monotonic() - start
        fresh = out[:, batch["input_ids"].shape[1] :]
        ended = (fresh == words.eos_token_id).int().cumsum(1)
        count = int((ended == 0).sum() + (ended[:, -1] > 0).sum())
        rows.append({"seconds": spent, "tokens": count})
    print(json.dumps(rows[1:]))


if __name__ == "__main__":
    main()
