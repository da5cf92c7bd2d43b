# A small HTTP server in front of an engine that has none: the streaming chat API of OpenAI, on loopback.
# The engine's own part follows and calls serve() with the function that makes text, after its model is loaded.
import argparse
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("port", type=int)
    parser.add_argument("--name", default="model")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--context", type=int, default=0)
    parser.add_argument("--slots", type=int, default=1)
    return parser.parse_args()


class Request:
    """What a client asks for, checked."""

    def __init__(self, body):
        self.messages = [{"role": str(m["role"]), "content": str(m["content"])} for m in body["messages"]]
        self.max_tokens = int(body.get("max_tokens") or body.get("max_completion_tokens") or 256)
        self.temperature = float(body.get("temperature") or 0.0)
        self.seed = body.get("seed")
        self.stream = bool(body.get("stream"))


def serve(args, engine, owner, generate, score=None):
    """Answers until it is ended. generate(request, usage) yields pieces of text and fills in the dictionary `usage`:
    prompt_tokens, completion_tokens, finish. score(text) gives the summed negative log-likelihood of a text, natural
    logarithm, and the number of tokens that it was taken over."""
    one_at_a_time = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = engine

        def log_message(self, *_):
            pass

        def reply(self, status, value):
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def fail(self, status, message):
            self.reply(status, {"error": {"code": status, "message": message, "type": "invalid_request_error"}})

        def do_GET(self):
            if self.path == "/health":
                self.reply(200, {"status": "ok", "engine": engine})
            elif self.path == "/v1/models":
                self.reply(200, {"object": "list", "data": [{"id": args.name, "object": "model", "owned_by": owner}]})
            else:
                self.fail(404, "no such path")

        def do_POST(self):
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                body = json.loads(raw)
                if self.path == "/v1/chat/completions":
                    request = Request(body)
                elif self.path == "/score" and score:
                    with one_at_a_time:
                        nll, tokens = score(str(body["text"]))
                    return self.reply(200, {"nll": nll, "tokens": tokens})
                else:
                    return self.fail(404, "no such path")
            except (KeyError, TypeError, ValueError) as error:
                return self.fail(400, f"{type(error).__name__}: {error}")
            with one_at_a_time:
                try:
                    self.answer(request)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        def answer(self, request):
            usage = {}
            head = {"id": "chatcmpl-0", "created": int(time.time()), "model": args.name}
            if not request.stream:
                text = "".join(generate(request, usage))
                finish = usage.pop("finish", "stop")
                message = {"role": "assistant", "content": text}
                choices = [{"index": 0, "message": message, "finish_reason": finish}]
                return self.reply(200, {**head, "object": "chat.completion", "choices": choices, "usage": total(usage)})
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            head["object"] = "chat.completion.chunk"
            for piece in generate(request, usage):
                if piece:
                    self.event({**head, "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
            finish = usage.pop("finish", "stop")
            self.event({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
            self.event({**head, "choices": [], "usage": total(usage)})
            self.chunk(b"data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")

        def event(self, value):
            self.chunk(b"data: " + json.dumps(value).encode() + b"\n\n")

        def chunk(self, data):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

    def total(usage):
        usage["total_tokens"] = usage.get("prompt_tokens", 0) + usage.get("completion_tokens", 0)
        return usage

    server = ThreadingHTTPServer(("127.0.0.1", args.port), Handler)
    server.daemon_threads = True
    print(f"listening on http://127.0.0.1:{args.port}", file=sys.stderr, flush=True)
    server.serve_forever()
