//! The drawings of the findings: cost beside speed of each model's offers, and speed by size with its fit.
//! Each stands in the section that has the same figures as a table.

use maud::{Markup, html};

use crate::drawing::{DrawingText, panel, short_name};
use crate::priced::{PricedSpeed, PricedUnit, priced};
use speed_kings_chart::{AxisScale, ChartPanel, ChartSeries, SeriesForm};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::mean;
use speed_kings_results::benchmark_report::ReportTable;
use speed_kings_results::findings::Findings;
use speed_kings_results::findings::recommend::models;
use speed_kings_results::findings::scaling::ProviderScaling;

/// A drawing, or several, and the title of the section that it belongs to.
pub type SectionDrawing = (&'static str, Markup);

/// Everything of `findings` that can be drawn.
#[must_use]
pub fn drawings(findings: &Findings) -> Vec<SectionDrawing> {
    vec![("Speed beside cost", costs(findings)), ("Speed by model size", sizes(findings))]
}

/// A drawing for each model, and for each question that at least two of its offers were asked.
fn costs(findings: &Findings) -> Markup {
    let of = |model: &str| {
        let mut asked: Vec<_> = Vec::new();
        for offer in findings.offers.iter().filter(|offer| offer.model == model) {
            if !asked.contains(&&offer.asked) {
                asked.push(&offer.asked);
            }
        }
        let drawn = asked.into_iter().map(|asked| {
            let offers = findings.offers.iter().filter(|offer| offer.model == model && offer.asked == *asked);
            let all: Vec<PricedSpeed<'_>> = offers
                .enumerate()
                .filter_map(|(number, offer)| {
                    let (millions, tok_s) = offer.usd_per_million.zip(offer.tok_s)?;
                    let usd = format::usd(Some(millions));
                    Some(PricedSpeed { number, name: &offer.provider, millions, usd, tok_s })
                })
                .collect();
            let unit = PricedUnit { across: "US dollars for a million tokens", each: "a million tokens" };
            priced(&format!("Cost beside speed: {model}"), &all, &unit)
        });
        drawn.collect::<Vec<Markup>>()
    };
    html! { @for model in models(&findings.offers) { @for drawn in of(model) { (drawn) } } }
}

/// A drawing for each prompt, with all providers that were measured on several sizes with it.
fn sizes(findings: &Findings) -> Markup {
    let mut prompts: Vec<&str> = Vec::new();
    for one in &findings.scaling {
        if !prompts.contains(&one.prompt.as_str()) {
            prompts.push(&one.prompt);
        }
    }
    let of = |prompt: &str| findings.scaling.iter().filter(|one| one.prompt == prompt).collect::<Vec<_>>();
    html! { @for prompt in prompts { (scale(prompt, &of(prompt))) } }
}

fn scale(prompt: &str, all: &[&ProviderScaling]) -> Markup {
    let series = all.iter().enumerate().flat_map(|(number, one)| {
        let points = one.models.iter().map(|(_, billions, tok_s)| (*billions, *tok_s)).collect();
        let measured = ChartSeries {
            name: short_name(&one.name),
            number,
            told: format!("{}: speed goes with size to the power of {}", one.name, exponent(one)),
            points,
        };
        let fit = fit(one).map(|points| ChartSeries { name: String::new(), number, told: String::new(), points });
        std::iter::once(measured).chain(fit)
    });
    let chart = ChartPanel {
        title: "",
        x: "billions of parameters",
        y: "tokens per second",
        scales: (AxisScale::Logarithmic, AxisScale::Logarithmic),
        form: SeriesForm::Fitted,
        series: series.collect(),
    };
    let about = if prompt.is_empty() { String::new() } else { format!(", prompt {prompt}") };
    let text = DrawingText {
        title: format!("Speed by model size{about}"),
        told: "Marks are medians over all days, the broken line is what was fitted to them: straight where speed goes with a power of the size."
            .into(),
    };
    let header = ["provider", "model", "Output speed", "exponent"].map(str::to_owned).to_vec();
    let rows = all.iter().flat_map(|one| {
        one.models.iter().map(|(model, _, tok_s)| {
            let speed = format::metric(Metric::OutputSpeed, Some(*tok_s));
            vec![one.name.clone(), model.clone(), speed, exponent(one)]
        })
    });
    panel(&text, &chart, &ReportTable { rows: rows.collect(), header, right_from: 2, left_from: usize::MAX })
}

fn exponent(one: &ProviderScaling) -> String {
    format!("{:.2}", one.exponent)
}

/// Both ends of the line with the exponent of `one` through the middle of its points.
fn fit(one: &ProviderScaling) -> Option<Vec<(f64, f64)>> {
    let logs = |of: fn(&(String, f64, f64)) -> f64| one.models.iter().map(|model| of(model).ln()).collect::<Vec<_>>();
    let (sizes, speeds) = (logs(|(_, billions, _)| *billions), logs(|(.., tok_s)| *tok_s));
    let (size, speed) = (mean(&sizes)?, mean(&speeds)?);
    let end = |at: &f64| (at.exp(), (speed + one.exponent * (at - size)).exp());
    Some([sizes.first()?, sizes.last()?].map(end).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_is_a_line_of_its_exponent_through_the_middle() {
        let model = |name: &str, billions: f64, tok_s: f64| (name.to_owned(), billions, tok_s);
        let one = ProviderScaling {
            name: "A </text><script>".into(),
            prompt: "short".into(),
            models: vec![model("s", 10.0, 400.0), model("l", 1_000.0, 4.0)],
            exponent: -1.0,
            interval: None,
            days: 1,
        };
        let ends = fit(&one).unwrap();
        for ((x, y), (at, tok_s)) in ends.iter().zip([(10.0, 400.0), (1_000.0, 4.0)]) {
            assert!((x / at - 1.0).abs() < 1e-9 && (y / tok_s - 1.0).abs() < 1e-9, "{ends:?}");
        }
        let drawn = scale("short", &[&one]).into_string();
        assert_eq!(drawn.matches("stroke-dasharray").count(), 1, "one fit");
        assert!(drawn.contains("to the power of -1.00") && !drawn.contains("<script"), "{drawn}");
    }
}
