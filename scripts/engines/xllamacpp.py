# llama.cpp's own HTTP server in this process, by the wheel `xllamacpp`: pip install xllamacpp
import argparse
import signal
import threading

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("port", type=int)
parser.add_argument("--name", default="model")
parser.add_argument("--threads", type=int, default=0)
parser.add_argument("--context", type=int, default=0, help="tokens, all slots together")
parser.add_argument("--slots", type=int, default=1)
parser.add_argument("--gpu-layers", type=int)
parser.add_argument("--cpu-moe", action="store_true", help="keep the weights of all experts in main memory")
parser.add_argument("--n-cpu-moe", type=int, default=0, help="the same for the first N layers")
args = parser.parse_args()

import xllamacpp  # noqa: E402  (after the arguments, so that --help works without it)

params = xllamacpp.CommonParams()
params.model.path = args.model
params.hostnames, params.port = ["127.0.0.1"], args.port
params.n_parallel = args.slots
params.model_alias = {args.name}
params.endpoint_metrics = params.endpoint_props = params.endpoint_slots = True
# The sizes of buffers are told at 4, each tensor that is put elsewhere at 5.
params.verbosity = 5 if args.cpu_moe or args.n_cpu_moe else 4
if args.context:
    params.n_ctx = args.context
if args.threads:
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = args.threads
if args.gpu_layers is not None:
    params.n_gpu_layers = args.gpu_layers
# The pattern of llama.cpp's own --cpu-moe and --n-cpu-moe.
experts = r"\.ffn_(up|down|gate|gate_up)_(ch|)exps=CPU"
if args.cpu_moe:
    params.tensor_buft_overrides = experts
elif args.n_cpu_moe:
    layers = "|".join(str(layer) for layer in range(args.n_cpu_moe))
    params.tensor_buft_overrides = rf"blk\.({layers}){experts}"
ended = threading.Event()
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: ended.set())
server = xllamacpp.Server(params)
ended.wait()
