//! Reports as pages: one file that needs no network and is allowed none, for a browser, a mail, a printer.
//! What is said on a page is what the report says in a terminal; drawings, the race itself and the data come on top.

mod block;
mod data;
mod drawing;
mod facts;
mod fairness;
pub mod findings;
mod heat;
pub mod history;
pub mod load;
pub mod markdown;
mod page;
mod priced;
pub mod report;
mod sheet;
mod term;

pub use data::PageData;
pub use page::{Page, PageSection};
pub use sheet::{TableSheet, no_drawing, report_page};
