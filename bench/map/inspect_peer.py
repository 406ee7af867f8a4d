"""Inspect AI on items that geist made. Runs in Inspect's own environment:

inspect_peer.py ITEMS.jsonl URL KEY MODEL TOKENS TOGETHER OUT.jsonl
"""

import json
import sys
import time

from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import pattern
from inspect_ai.solver import generate

file, url, key, name, tokens, together, out = sys.argv[1:]
with open(file) as f:
    items = [json.loads(line) for line in f]
samples = [Sample(id=i["name"], input=i["question"], target=i["target"]) for i in items]
model = get_model(
    f"openai-api/geist/{name}", base_url=url, api_key=key,
    config=GenerateConfig(temperature=0.0, max_tokens=int(tokens), max_connections=int(together)),
)  # fmt: skip
task = Task(
    dataset=MemoryDataset(samples), solver=generate(),
    scorer=pattern(r"(?:^|\n)Answer:[ \t]*([^\n]*?)\s*$", ignore_case=True),
)  # fmt: skip
start = time.monotonic()
log = eval(task, model=model, display="none", log_dir=f"{out}.logs", max_samples=int(together))[0]
seconds = time.monotonic() - start
if log.status != "success":
    raise SystemExit(str(log.error))
with open(out, "w") as f:
    for sample in log.samples or []:
        score = next(iter((sample.scores or {}).values()))
        f.write(json.dumps({"name": sample.id, "right": score.value == "C",
                            "text": sample.output.completion}) + "\n")  # fmt: skip
print(json.dumps({"seconds": seconds, "samples": len(log.samples or [])}))
