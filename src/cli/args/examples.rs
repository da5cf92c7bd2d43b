//! The examples under each command's help. Every one of them runs in a test (`tests/it/examples.rs`).

/// What stands under the help of the program itself.
pub(super) const PROGRAM: &str = "Examples:
  speed-kings                                pick a phase and watch it
  speed-kings race A1 --sim                  a simulated race, no key needed
  speed-kings race --providers cerebras,groq --prompt 'Why is the sky blue?'
  speed-kings replay FILE.race --speed 0.1   in slow motion
  speed-kings export FILE.race --to race.gif card.png
  speed-kings benchmark --phase A1 --sim -s medium -i 5 > result.json
  speed-kings check                          are keys, models and servers right?

Exit codes: 0 done, 1 failed, 2 usage, 3 a lane failed so there is no verdict,
4 a --fail-if is shown, 5 one is undecided and --strict is given,
129 the terminal is gone, 130 interrupted.";

/// What stands under the help of `command`.
pub(super) fn of(command: &str) -> Option<&'static str> {
    let found = BY_COMMAND.iter().find(|(name, _)| *name == command);
    found.map(|(_, examples)| *examples)
}

const BY_COMMAND: &[(&str, &str)] = &[
    (
        "runner",
        "Examples:
  speed-kings runner --bus nats://127.0.0.1:4222 --name m3 --sim
  speed-kings runner --bus nats://127.0.0.1:4222 --name rtx --providers ollama",
    ),
    (
        "fleet",
        "Examples:
  speed-kings fleet --bus nats://127.0.0.1:4222
  speed-kings fleet --bus nats://127.0.0.1:4222 -o json
  speed-kings fleet --key",
    ),
    (
        "spectate",
        "Examples:
  speed-kings spectate --bus nats://127.0.0.1:4222",
    ),
    (
        "race",
        "Examples:
  speed-kings race A1 --sim
  speed-kings race G1                        Cerebras against Groq
  speed-kings race --providers cerebras,groq --prompt 'Why is the sky blue?'
  speed-kings race --providers mine=http://127.0.0.1:8080/v1,groq
  speed-kings race --providers 'exec:sh generate.sh {max_tokens},groq'",
    ),
    (
        "replay",
        "Examples:
  speed-kings replay FILE.race --speed 0.1
  speed-kings replay FILE.race --slow-mo 0.1 --around first-token",
    ),
    (
        "export",
        "Examples:
  speed-kings export FILE.race --to race.gif card.png
  speed-kings export FILE.race --to first.png --at first-token --cells 110x30
  speed-kings export FILE.race --to race.html race.cast race.csv
  speed-kings export FILE.race --to race.svg --speed 0.5 --theme synthwave",
    ),
    (
        "decide",
        "Examples:
  speed-kings decide --include-simulated --tokens-in 225M --tokens-out 75M
  speed-kings decide --include-simulated --tokens-in 2M --tokens-out 1M
  speed-kings decide --include-simulated --tokens-in 2M --tokens-out 1M -o json",
    ),
    (
        "history",
        "Examples:
  speed-kings history --include-simulated
  speed-kings history --include-simulated --metric ttft_ms --contestant groq
  speed-kings history --include-simulated -o csv > history.csv
  speed-kings history --include-simulated --out history.html",
    ),
    (
        "inspect",
        "Examples:
  speed-kings inspect FILE.race
  speed-kings inspect FILE.race --json > facts.json",
    ),
    (
        "edit",
        "Examples:
  speed-kings edit FILE.race OUT.race --slow-mo 0.1 --around first-token
  speed-kings edit FILE.race - --from green --limit-idle 2 > SHORT.race
  speed-kings edit FILE.race NAMED.race --chapter 'first-token=First words'",
    ),
    (
        "redact",
        "Examples:
  speed-kings redact FILE.race ALL.race
  speed-kings redact FILE.race WORDS.race --prompt --text",
    ),
    (
        "merge",
        "Examples:
  speed-kings merge TODAY.race OLD.race --lanes A1,B1 -o GHOST.race",
    ),
    (
        "benchmark",
        "Examples:
  speed-kings benchmark --phase A1 --sim -s medium -i 5 > result.json
  speed-kings benchmark --providers cerebras,groq -i 10 --max-cost 0.10 --yes
  speed-kings benchmark --providers a=http://127.0.0.1:8080/v1 -i 5 --yes
  speed-kings benchmark --phase A1 --sim -i 6 --fail-if 'ttft_ms>9000'
  speed-kings benchmark --phase A1 --sim --rate 5,20 --steady 1s --ramp 1s",
    ),
    (
        "report",
        "Examples:
  speed-kings report results/A1/*.json
  speed-kings report results/A1/*.json -o markdown --baseline published",
    ),
    (
        "watch",
        "Examples:
  speed-kings watch --providers cerebras,groq --every 1s --rounds 2 --yes
  speed-kings watch --phase A1 --sim --rounds 1 --log probes.jsonl",
    ),
    (
        "findings",
        "Examples:
  speed-kings findings --out findings.md
  speed-kings findings --include-simulated --recommend cost",
    ),
    (
        "calibrate",
        "Examples:
  speed-kings calibrate -i 2 -o json",
    ),
    (
        "phases",
        "Examples:
  speed-kings phases -o json > phases.json",
    ),
    (
        "list",
        "Examples:
  speed-kings list
  speed-kings list --engines                 those that can be started here",
    ),
    (
        "discover",
        "Examples:
  speed-kings discover
  speed-kings discover 127.0.0.1:8080 -o json",
    ),
    (
        "lab",
        "Examples:
  speed-kings lab model model.gguf
  speed-kings lab report SWEEP.json

A sweep over threads, and one over offloading of experts:
  speed-kings lab sweep llama-server@model.gguf --vary threads=1,2,4
  speed-kings lab sweep llama-server@moe.gguf --vary cpu_moe=off,on

Quality beside speed, and a figure that llama-perplexity printed:
  speed-kings lab quality llama-server@model.gguf transformers@model.gguf
  llama-perplexity -m model.gguf -f text | speed-kings lab perplexity --from -

The nine test prompts, ratings without names, votes on a recorded race:
  speed-kings lab protocol llama-server@a.gguf llama-server@b.gguf
  speed-kings lab rate PROTOCOL.json
  speed-kings lab vote FILE.race",
    ),
    (
        "pricing",
        "Examples:
  speed-kings pricing A1",
    ),
    (
        "catalogue",
        "Examples:
  speed-kings catalogue --default > mine.ron
  speed-kings catalogue check mine.ron
  speed-kings catalogue add rack=http://127.0.0.1:8080/v1 --model qwen3",
    ),
    (
        "check",
        "Examples:
  speed-kings check
  speed-kings check groq a=http://127.0.0.1:8080/v1",
    ),
    (
        "serve",
        "Examples:
  speed-kings serve --port 8090
  CEREBRAS_BASE_URL=http://127.0.0.1:8090/v1 speed-kings race G1",
    ),
    (
        "completions",
        "Examples:
  speed-kings completions bash > speed-kings.bash",
    ),
    (
        "man",
        "Examples:
  speed-kings man > speed-kings.1",
    ),
];
