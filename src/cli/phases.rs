//! The phases: who races whom on what, whether it can run here, and whether it has been run.
//! What is ready is found out by looking, so this may take a moment for servers that don't answer.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::args::ListForm;
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::cli::phase_readiness::{PhaseReadiness, not_ready};
use crate::cli::results;
use crate::cli::table::{TextTable, yes_no};
use crate::format;
use crate::ui::app::PhaseRow;

/// Prints the phases.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn run(context: &CommandContext<'_>, output: ListForm) -> Result<ExitStatus, CliError> {
    let catalog = context.catalog()?;
    let mut readiness = PhaseReadiness::open(catalog, &context.env, None);
    readiness.settle();
    let complete = catalog.phases.iter().map(|phase| results::complete(Path::new(results::DIR), phase));
    let rows: Vec<(PhaseRow, bool)> = readiness.rows().into_iter().zip(complete).collect();
    context.out.print(&match output {
        ListForm::Table => table(&rows, context.out.columns()),
        ListForm::Json => format!("{}\n", rows.iter().map(|(row, complete)| phase(row, *complete)).collect::<Value>()),
    })?;
    Ok(ExitStatus::Done)
}

fn table(rows: &[(PhaseRow, bool)], columns: Option<usize>) -> String {
    let mut table =
        TextTable::new(&["phase", "contestants", "model", "cost", "priority", "complete", "ready"]).right([3, 4]);
    for (row, complete) in rows {
        let names =
            row.contestants.iter().map(|c| format!("{} ({})", c.name, c.badge)).collect::<Vec<_>>().join(" vs ");
        let why = row.contestants.iter().find_map(|contestant| not_ready(&contestant.readiness));
        table.row([
            row.id.clone(),
            names,
            row.model.clone(),
            format::planned_usd(row.planned_usd),
            row.priority.to_string(),
            yes_no(Some(*complete)).into(),
            why.map_or_else(|| "yes".into(), |why| format!("SIM only: {why}")),
        ]);
    }
    table.fitted(columns)
}

fn phase(row: &PhaseRow, complete: bool) -> Value {
    let contestants: Vec<Value> = row
        .contestants
        .iter()
        .map(|contestant| {
            let why = not_ready(&contestant.readiness);
            json!({
                "name": contestant.name,
                "hardware": contestant.hardware,
                "model": contestant.model,
                "ready": why.is_none(),
                "why_not": why,
            })
        })
        .collect();
    json!({
        "phase": row.id,
        "group": row.group,
        "group_name": row.group_name,
        "question": row.question,
        "model": row.model,
        "contestants": contestants,
        "cost_usd": row.planned_usd,
        "priority": row.priority,
        "ready": row.contestants.iter().all(|contestant| not_ready(&contestant.readiness).is_none()),
        "complete": complete,
    })
}
