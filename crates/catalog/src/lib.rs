//! Providers, models, prices, prompts and phases that Speed Kings knows.

pub mod catalog;
