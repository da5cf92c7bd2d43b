//! Runs [`speed_kings_fuzz::place`] under libFuzzer, or on the files named on the command line.

#![cfg_attr(fuzzing, no_main)]

speed_kings_fuzz::target!(place);
