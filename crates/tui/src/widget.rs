//! Widgets: the parts that screens are put together from.
//! Each draws from a reference to its state into whatever area it gets, however small.

pub mod bar;
pub mod bigtext;
pub mod history;
pub mod spark;
pub mod track;
pub mod transcript;
