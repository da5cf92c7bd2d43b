# ONNX Runtime GenAI by its wheel: pip install onnxruntime-genai. The model is a folder that its model builder wrote.
import os

args = arguments()
if args.threads:
    os.environ["OMP_NUM_THREADS"] = str(args.threads)

import json as _json  # noqa: E402

import numpy  # noqa: E402
import onnxruntime_genai as genai  # noqa: E402

config = genai.Config(args.model)
if args.threads:
    config.overlay(_json.dumps({"model": {"decoder": {"session_options": {"intra_op_num_threads": args.threads}}}}))
model = genai.Model(config)
tokenizer = genai.Tokenizer(model)


def generate(request, usage):
    text = tokenizer.apply_chat_template(_json.dumps(request.messages), add_generation_prompt=True)
    tokens = tokenizer.encode(text)
    params = genai.GeneratorParams(model)
    search = {"max_length": len(tokens) + request.max_tokens, "do_sample": request.temperature > 0}
    if request.temperature > 0:
        search["temperature"] = request.temperature
    if request.seed is not None:
        search["random_seed"] = int(request.seed)
    params.set_search_options(**search)
    generator, stream, made = genai.Generator(model, params), tokenizer.create_stream(), 0
    generator.append_tokens(tokens)
    end = set(tokenizer.eos_token_ids)
    usage["prompt_tokens"], usage["finish"] = len(tokens), "length"
    while not generator.is_done() and made < request.max_tokens:
        generator.generate_next_token()
        token = generator.get_next_tokens()[0]
        made += 1
        usage["completion_tokens"] = made
        if token in end:
            usage["finish"] = "stop"
            break
        yield stream.decode(token)


def score(text):
    tokens = tokenizer.encode(text)
    params = genai.GeneratorParams(model)
    params.set_search_options(max_length=len(tokens) + 1)
    generator, nll = genai.Generator(model, params), 0.0
    # One token at a time: the scores of the whole prompt are not kept.
    for at in range(len(tokens) - 1):
        generator.append_tokens(tokens[at:at + 1])
        scores = numpy.asarray(generator.get_output("logits"), dtype=numpy.float64).reshape(-1)
        high = scores.max()
        nll += float(high + numpy.log(numpy.exp(scores - high).sum()) - scores[tokens[at + 1]])
    return nll, len(tokens) - 1


serve(args, "onnxruntime-genai", "onnxruntime-genai", generate, score)
