//! Which model a run is evidence of: the one that was asked for and answered, whatever its phase had planned.

use speed_kings_catalog::Catalog;
use speed_kings_core::race::identity::{is_open, is_same};
use speed_kings_core::race::setup::ANY_MODEL;
use speed_kings_core::text::printable;

/// Who was asked for what, as a file has it.
#[derive(Clone, Copy)]
pub(super) struct LaneModel<'a> {
    /// The phase that the file belongs to.
    pub(super) phase: Option<&'a str>,
    /// The provider's id, as the file has it.
    pub(super) provider: &'a str,
    /// What people call it.
    pub(super) name: &'a str,
    /// The model on the wire.
    pub(super) model: &'a str,
    /// The catalogue's id of it, as it was known then.
    pub(super) same_as: Option<&'a str>,
}

/// The model of a lane, which of its runs are of it, and what is left out for which reason.
pub(super) struct VerifiedModel {
    /// By the catalogue's id where it knows it.
    pub(super) model: String,
    /// Whether each of its runs is of that model, in their order.
    pub(super) fits: Vec<bool>,
    /// What is left out and why, in words for a person.
    pub(super) left_out: Vec<String>,
}

impl LaneModel<'_> {
    /// What the runs that were answered by `named` are evidence of; a server may name nothing.
    pub(super) fn verified(&self, catalog: &Catalog, named: &[Option<&str>]) -> VerifiedModel {
        let model = self.model_by(catalog, named);
        let known = self.names(catalog, &model);
        let open = is_open(self.model) && model == ANY_MODEL;
        let fits: Vec<bool> = named
            .iter()
            .map(|named| open || named.is_none_or(|named| known.iter().any(|known| is_same(known, named))))
            .collect();
        let mut left_out: Vec<String> = self.not_planned(catalog, &model).into_iter().collect();
        let others = named.iter().zip(&fits).filter(|(_, fits)| !**fits);
        if let Some(Some(other)) = others.clone().map(|(named, _)| named).next() {
            left_out.push(format!(
                "{} of {} runs of {} were asked for {} and answered by {}",
                others.count(),
                fits.len(),
                printable(self.name),
                printable(self.model),
                printable(other)
            ));
        }
        VerifiedModel { model, fits, left_out }
    }

    /// As the file has it, as the catalogue knows it by its name on the wire, or as it is spelled. Where no certain one was
    /// asked for it is the phase's if all that answered was.
    fn model_by(&self, catalog: &Catalog, named: &[Option<&str>]) -> String {
        let offers = catalog.provider(self.provider).map(|provider| provider.offers.as_slice()).unwrap_or_default();
        let listed = || offers.iter().find(|offer| offer.id == self.model).map(|offer| offer.model.clone());
        let planned = || {
            let planned = &catalog.phase(self.phase?).ok()?.model;
            let known = self.names(catalog, planned);
            let is_it = |name: &str| known.iter().any(|known| *known != self.model && is_same(known, name));
            let answers: Vec<&str> = named.iter().flatten().copied().collect();
            let fits = if is_open(self.model) {
                !answers.is_empty() && answers.iter().all(|answer| is_it(answer))
            } else {
                is_it(self.model) || planned == self.model
            };
            fits.then(|| planned.clone())
        };
        let spelled = || if is_open(self.model) { ANY_MODEL.to_owned() } else { self.model.to_owned() };
        self.same_as.map(str::to_owned).or_else(listed).or_else(planned).unwrap_or_else(spelled)
    }

    /// All names that `model` has here.
    fn names<'a>(&'a self, catalog: &'a Catalog, model: &'a str) -> Vec<&'a str> {
        let offer = catalog.provider(self.provider).ok().and_then(|provider| provider.offer(model));
        let offered = offer.into_iter().flat_map(|offer| std::iter::once(&offer.id).chain(&offer.also_answers));
        let asked = (!is_open(self.model)).then_some(self.model);
        std::iter::once(model).chain(asked).chain(offered.map(String::as_str)).collect()
    }

    /// Why a lane of a phase is no evidence for it.
    fn not_planned(&self, catalog: &Catalog, model: &str) -> Option<String> {
        let phase = catalog.phase(self.phase?).ok().filter(|phase| phase.model != model)?;
        let planned = catalog.model(&phase.model).map_or(phase.model.as_str(), |model| model.name.as_str());
        let (name, asked) = (printable(self.name), printable(self.model));
        Some(format!("{name} was asked for {asked}, which is not {planned}: no evidence for phase {}", phase.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(model: &str, named: &[Option<&str>]) -> VerifiedModel {
        let asked = LaneModel { phase: Some("A1"), provider: "groq", name: "Groq", model, same_as: None };
        asked.verified(&Catalog::builtin().unwrap(), named)
    }

    #[test]
    fn another_model_is_no_evidence_for_the_phase() {
        let other = told("my-tiny-1b", &[None]);
        assert_eq!(other.model, "my-tiny-1b");
        assert_eq!(
            other.left_out,
            ["Groq was asked for my-tiny-1b, which is not Llama 3.1 8B: no evidence for phase A1"]
        );
        let same = told("llama-3.1-8b-instant", &[None, Some("llama-3.1-8b-instant")]);
        assert_eq!((same.model.as_str(), same.fits.as_slice()), ("llama-3.1-8b", [true, true].as_slice()));
        assert!(same.left_out.is_empty());
        assert_eq!(told("meta-llama/Llama-3.1-8B-Instruct", &[None]).model, "llama-3.1-8b");
    }

    #[test]
    fn a_run_is_of_what_answered() {
        let some = told("llama-3.1-8b-instant", &[None, Some("llama-3.2-1b"), Some("llama-3.1-8b-instant")]);
        assert_eq!(some.fits, [true, false, true]);
        assert_eq!(
            some.left_out,
            ["1 of 3 runs of Groq were asked for llama-3.1-8b-instant and answered by llama-3.2-1b"]
        );
    }

    #[test]
    fn whatever_ran_there_is_what_it_said_it_was() {
        assert_eq!(told("default", &[Some("/models/Llama-3.1-8B-Instruct-Q4_K_M.gguf")]).model, "llama-3.1-8b");
        assert_eq!(told("default", &[Some("qwen3:4b")]).model, ANY_MODEL);
        assert_eq!(told("default", &[None]).model, ANY_MODEL);
        assert!(told("default", &[None]).left_out[0].contains("no evidence for phase A1"));
    }
}
