# mistral.rs by its wheel: pip install mistralrs. The model is a GGUF file.
import os

args = arguments()
if args.threads:
    os.environ["RAYON_NUM_THREADS"] = str(args.threads)

from mistralrs import ChatCompletionRequest, Runner, Which  # noqa: E402

folder, file = os.path.split(os.path.abspath(args.model))
runner = Runner(which=Which.GGUF(quantized_model_id=folder, quantized_filename=file), max_seqs=args.slots, token_source="none")


def generate(request, usage):
    stream = runner.send_chat_completion_request(ChatCompletionRequest(
        model="default", messages=request.messages, max_tokens=request.max_tokens, temperature=request.temperature, stream=True))
    for chunk in stream:
        for choice in chunk.choices:
            if choice.delta.content:
                yield choice.delta.content
            if choice.finish_reason:
                usage["finish"] = choice.finish_reason
        if chunk.usage:
            usage["prompt_tokens"] = chunk.usage.prompt_tokens
            usage["completion_tokens"] = chunk.usage.completion_tokens
        if "finish" in usage:
            break


serve(args, "mistral.rs", "mistral.rs", generate)
