//! Runs [`speed_kings_fuzz::event_reply`] under libFuzzer, or on the files named on the command line.

#![cfg_attr(fuzzing, no_main)]

speed_kings_fuzz::target!(event_reply);
