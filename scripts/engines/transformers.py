# Hugging Face transformers without its own server: pip install transformers torch. The model is a folder, a hub id, or
# a GGUF file.
import os
from threading import Thread

args = arguments()

import torch  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer, TextIteratorStreamer  # noqa: E402

if args.threads:
    torch.set_num_threads(args.threads)
folder, more = args.model, {}
if args.model.endswith(".gguf"):
    folder, file = os.path.split(os.path.abspath(args.model))
    more = {"gguf_file": file}
tokenizer = AutoTokenizer.from_pretrained(folder, **more)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **more).eval()


def generate(request, usage):
    prompt = tokenizer.apply_chat_template(request.messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    length = prompt["input_ids"].shape[1]
    if request.seed is not None:
        torch.manual_seed(int(request.seed))
    sampling = {"do_sample": True, "temperature": request.temperature} if request.temperature > 0 else {"do_sample": False}
    streamer, done = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True), {}

    def run():
        try:
            with torch.no_grad():
                done["tokens"] = model.generate(**prompt, **sampling, max_new_tokens=request.max_tokens, streamer=streamer)
        finally:
            streamer.end()

    worker = Thread(target=run)
    worker.start()
    yield from streamer
    worker.join()
    made = done["tokens"].shape[1] - length
    usage.update(prompt_tokens=length, completion_tokens=made, finish="length" if made >= request.max_tokens else "stop")


def score(text):
    tokens = tokenizer(text, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        loss = model(tokens, labels=tokens).loss
    return float(loss) * (tokens.shape[1] - 1), tokens.shape[1] - 1


serve(args, "transformers", "transformers", generate, score)
