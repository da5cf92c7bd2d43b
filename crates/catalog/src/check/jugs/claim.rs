//! Sentences that say that the goal is there: "leaving exactly 4 gallons in the 5-gallon jug".
//! The word nearest before the amount tells an arrival from a wish: "you now have", "to measure".

use regex_lite::Regex;

use super::riddle::{JugRiddle, compiled, found};

/// How many bytes on either side of an amount say what it is.
const NEAR: usize = 160;

const UNIT: &str = r"(us )?(gal(lon)?s?|lit(er|re)s?|l|g)\b";

/// What is wanted: the riddle, a plan.
const WISH: &str = r"\b(to|can|could|how|for|by) ([\w']+ ){0,3}?(measur(e|ing)|get(ting)?|obtain(ing)?|reach(ing)?|mak(e|ing)|hav(e|ing)|produc(e|ing)|achiev(e|ing)|isolat(e|ing)|creat(e|ing)|be left( with)?|end(ing)? up( with)?|find(ing)?|arriv(e|ing) at|hold|contain|keep|be measured( is)?)\b( (exactly|precisely|just))* ?|\b(measur(e|ing)|need(s|ed)?|wants?|wanted|must|requires?d?|should|trying|looking for|asked for)\b|\b(goal|target|task|objective|aim|problem|question|challenge|riddle|puzzle)\b( (amount|is|was|of|here|volume|having|ending up with))*( ?[:|] ?((have|get|reach|obtain|leave|hold|end up with) )?(exactly |precisely )?)?";

/// What says, right before an amount, that it has been reached or is there now.
const ARRIVAL: &str = r"=|→|≈|✓|✅|[:|] ?(exactly |precisely )?$|\b(with|is|are|at)( (exactly|precisely|just|now|the|your))* ?$|\b(success\w* measur\w+|(goal|target|task) (is |was |has been )?(reached|achieved|met|done|accomplished)|now|leav(e|es|ing)|to leave|left|have|has|having|contain(s|ing)?|hold(s|ing)?|remain\w*|measured|gives?|giving|gave|yields?|yielding|results?|resulting|makes?|making|becomes?|bring(s|ing)?|totals?|equals?|reach(es|ed)|get|gets|got|obtain|obtains|obtained|obtaining|achieved|answer|final\w*|end(s|ed)? up|that's)\b";

/// What turns a clause into its opposite, or into a mere thought.
const DENIAL: &str =
    r"n't\b|\b(not|never|cannot|no|without|unable|impossible|fail\w*|instead of|rather than|almost|nearly|if)\b";

/// What says it behind the amount, where nothing does before it.
const THERE: &str = r"\b(left|remain\w*|measured|in (the|your) \d|in (the )?(larg|big))|[✓✅]";

/// Where the last sentence ends that says so.
pub(super) fn last(jugs: &JugRiddle, text: &str) -> Option<usize> {
    let patterns = Patterns::new(jugs)?;
    let mut end = text.len();
    for sentence in sentences(text).into_iter().rev() {
        if !sentence.ends_with('?') && patterns.say(sentence) {
            return Some(end);
        }
        end -= sentence.len();
    }
    None
}

/// `text` cut behind full stops and the like, and at the ends of lines.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((place, letter)) = letters.next() {
        let ends = match letter {
            '.' => letters.peek().is_none_or(|(_, next)| next.is_whitespace()),
            '\n' | '!' | '?' | ';' => true,
            _ => false,
        };
        if ends {
            let end = place + letter.len_utf8();
            sentences.extend(text.get(start..end));
            start = end;
        }
    }
    sentences.extend(text.get(start..));
    sentences
}

/// What stands near before and behind a place: a sentence without end costs no more for each amount than others do.
fn around(sentence: &str, start: usize, end: usize) -> (&str, &str) {
    let from = (start.saturating_sub(NEAR)..=start).find(|place| sentence.is_char_boundary(*place)).unwrap_or(start);
    let to =
        (end..=sentence.len().min(end + NEAR)).rev().find(|place| sentence.is_char_boundary(*place)).unwrap_or(end);
    (sentence.get(from..start).unwrap_or(""), sentence.get(end..to).unwrap_or(""))
}

struct Patterns {
    amount: Regex,
    wish: Regex,
    arrival: Regex,
    denial: Regex,
    /// Behind the amount: what makes it a jug, or puts it into the small one.
    elsewhere: Regex,
    /// Behind the amount: what puts it where it belongs.
    here: Regex,
    /// Before the amount: the large jug, and that it holds it.
    holder: Regex,
}

impl Patterns {
    fn new(jugs: &JugRiddle) -> Option<Self> {
        let JugRiddle { small, large, goal } = jugs;
        let size = format!(r"[- ]?({UNIT})?\b");
        let vessel = r"( (jug|container|bucket|one|vessel))?";
        let inside = r"(of water )?((is|are|left|remaining|sitting|now) )*(in|inside|into)( (the|your|our|its))?";
        let unit = format!("^[- ]*{UNIT}");
        Some(Self {
            amount: compiled(&format!(r"\b{goal}\b"))?,
            wish: compiled(WISH)?,
            arrival: compiled(ARRIVAL)?,
            denial: compiled(DENIAL)?,
            elsewhere: compiled(&format!(
                r"^([- ]*{UNIT})? ?({inside} (({small}{size})|small\w*)|(jug|container|bucket|mark|vessel)s?\b)|^\.\d"
            ))?,
            here: compiled(&format!(r"{unit}|^ ?{inside} (({large}{size})|larg\w*|big\w*|jug)"))?,
            holder: compiled(&format!(
                r"(\b{large}{size}{vessel}|\b(larg\w*|big\w*){vessel}|\bjug [a-z])\)? ?(now |then |will )?(has|have|contains?|holds?|at|is at|:|=|→) ?(exactly )?$|[=:] ?$"
            ))?,
        })
    }

    /// Whether `sentence` says that the goal is there.
    fn say(&self, sentence: &str) -> bool {
        self.amount.find_iter(sentence).any(|amount| {
            let (before, after) = around(sentence, amount.start(), amount.end());
            self.is_meant(before, after) && self.is_there(before, after)
        })
    }

    /// Whether the number is an amount that may be in the large jug.
    fn is_meant(&self, before: &str, after: &str) -> bool {
        let meant = self.here.is_match(after) || self.holder.is_match(before);
        meant && !self.elsewhere.is_match(after) && !found(r"\d\.$|\d ?[-+] ?$", before)
    }

    fn is_there(&self, before: &str, after: &str) -> bool {
        let clause = before.rsplit([',', ':', '(']).next().unwrap_or("");
        let clause = clause.rsplit(" and ").next().unwrap_or("");
        if self.denial.is_match(clause) {
            return false;
        }
        // The one that ends last; of two that end there, the one that says more.
        let last =
            |regex: &Regex| regex.find_iter(before).last().map(|cue| (cue.end(), std::cmp::Reverse(cue.start())));
        let (wish, arrival) = (last(&self.wish), last(&self.arrival));
        match (wish, arrival) {
            (None, None) => found(THERE, after) && !found(r"\b(want|need|goal|target)", after),
            _ => arrival > wish,
        }
    }
}
