//! Who judges: the name that is kept with ratings and votes.

use crate::cli::args::RaterArgs;
use crate::cli::context::CommandContext;
use crate::text::printable;

/// Variables that hold the name of the system's user.
const USER_VARIABLES: [&str; 3] = ["USER", "LOGNAME", "USERNAME"];
/// What somebody is called whom nothing names.
const NOBODY: &str = "unnamed";
/// The longest name that is kept, letters.
const LONGEST: usize = 64;

/// The name of whoever judges: the one that was given, else that of the system's user.
pub(super) fn name(context: &CommandContext<'_>, args: Option<&RaterArgs>) -> String {
    let given = args.and_then(|args| args.rater.clone());
    let user = || USER_VARIABLES.iter().find_map(|variable| context.env.get(variable));
    let name = given.or_else(user).map(|name| printable(&name).trim().chars().take(LONGEST).collect::<String>());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| NOBODY.to_owned())
}
