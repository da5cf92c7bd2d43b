# Short names for what CONTRIBUTING.md explains. `just` alone lists them.

default:
    @just --list

# A race with no key: the picker, the simulator, the verdict.
race *ARGS:
    cargo run --release -- {{ARGS}}

# Everything CI holds a change against.
check:
    .ci/run

# The tests of one place, for example `just test race::verdict`.
test *FILTER:
    cargo test {{FILTER}}

# The overlay and a film's page in headless Chromium; PICTURES=DIR keeps what they drew.
browser:
    cargo test --test it browser:: -- --ignored --nocapture --test-threads 1

# Takes new snapshots of the screens; look at the diff.
snapshots:
    INSTA_UPDATE=always cargo test --test it screens
    git diff --stat -- '*.snap'

# The pages of docs/ as a book, into target/book. It takes `cargo install mdbook --locked --no-default-features` once.
book:
    mdbook build

# A fuzz target for a while, on nightly.
fuzz TARGET SECONDS="60":
    cargo +nightly fuzz run {{TARGET}} -- -max_total_time={{SECONDS}} -rss_limit_mb=512
