#!/usr/bin/env bash
# The step of action.yml that measures: it makes a command line of what the workflow says, runs it, and hands its exit code on.
# All of it comes in by variables of the environment, so that nothing in them is read as a part of this script.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${GATE_PROGRAM:-$here/target/release/speed-kings}
arguments=("${GATE_COMMAND:-benchmark}")

# Words as a shell would split them, quotes included, but nothing in them is run or filled in.
if [ -n "${GATE_ARGS//[[:space:]]/}" ]; then
    while IFS= read -r -d '' word; do arguments+=("$word"); done < <(printf '%s\n' "$GATE_ARGS" | xargs printf '%s\0')
fi

gates=0
while IFS= read -r condition; do
    condition=${condition%$'\r'}
    if [ -n "${condition//[[:space:]]/}" ]; then
        arguments+=("--fail-if" "$condition")
        gates=1
    fi
done <<< "${GATE_FAIL_IF:-}"

if [ -n "${GATE_BASELINE:-}" ]; then arguments+=("--baseline-run" "$GATE_BASELINE"); fi
if [ "$gates" = 1 ]; then
    if [ "${GATE_STRICT:-false}" = true ]; then arguments+=("--strict"); fi
    if [ -n "${GATE_JUNIT:-}" ]; then arguments+=("--junit" "$GATE_JUNIT"); fi
    if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then arguments+=("--step-summary"); fi
fi

code=0
"$program" "${arguments[@]}" -o json > "${GATE_OUTPUT:-speed-kings.json}" || code=$?
if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "exit-code=$code" >> "$GITHUB_OUTPUT"; fi
exit "$code"
