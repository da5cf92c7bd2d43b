//! What stands in Python's brackets: sets, dictionaries, comprehensions, slices, arguments and parameters.
//! A definition's parameters and a lambda's are the same but for the types.

use super::parser::{Parser, Read};
use super::token::Kind;

/// What a call's next argument may still be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Arguments {
    Any,
    /// A named one came: what has no name needs a star.
    Named,
    /// A dictionary was spread: only named ones may follow.
    Spread,
}

/// How far a list of parameters is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Plain,
    /// A slash came.
    Slash,
    /// A star came, with a name or with a parameter behind it.
    Star,
    /// A bare star came, which asks for a parameter behind it.
    BareStar,
    /// `**names` came: nothing may follow.
    Over,
}

/// Which parameters came so far.
struct Parameters {
    is_first: bool,
    stage: Stage,
    has_default: bool,
}

impl Parser<'_, '_> {
    pub(super) fn at_comprehension(&self) -> bool {
        self.at("for") || (self.at("async") && self.ahead(1).text == "for")
    }

    /// From the first `for` on.
    pub(super) fn comprehension(&mut self) -> Read {
        while self.at_comprehension() {
            self.eat("async");
            self.expect("for")?;
            self.targets()?;
            self.expect("in")?;
            self.disjunction()?;
            while self.eat("if") {
                self.disjunction()?;
            }
        }
        Ok(())
    }

    /// A set or a dictionary, from behind the opening bracket.
    pub(super) fn curly(&mut self) -> Read {
        if self.eat("}") {
            return Ok(());
        }
        let alone = self.at_any(&["*", "**"]);
        let is_named = self.ahead(1).text == ":=";
        let mut rule: fn(&mut Self) -> Read = Self::entry;
        if self.at("**") {
            self.entry()?;
        } else {
            self.starred_or_named()?;
            if !alone && !is_named && self.eat(":") {
                self.expression()?;
            } else {
                rule = |parser| parser.starred_or_named().map(|_| ());
            }
        }
        if self.at_comprehension() && !alone {
            self.comprehension()?;
            return self.expect("}");
        }
        if self.eat(",") { self.list("}", rule) } else { self.expect("}") }
    }

    /// A key with its value, or another dictionary that is spread.
    fn entry(&mut self) -> Read {
        if self.eat("**") {
            return self.operation().map(|_| ());
        }
        self.expression()?;
        self.expect(":")?;
        self.expression().map(|_| ())
    }

    /// An item's index or slices, from behind the opening bracket.
    pub(super) fn slices(&mut self) -> Read {
        self.require(!self.at("]"))?;
        self.list("]", Self::slice)
    }

    fn slice(&mut self) -> Read {
        if !self.at(":") {
            let alone = self.at("*") || self.ahead(1).text == ":=";
            self.starred_or_named()?;
            if alone || !self.at(":") {
                return Ok(());
            }
        }
        for _ in 0..2 {
            if self.eat(":") && !self.at_any(&[":", ",", "]"]) {
                self.expression()?;
            }
        }
        Ok(())
    }

    /// A call's arguments, from behind the opening bracket.
    pub(super) fn arguments(&mut self) -> Read {
        let mut state = Arguments::Any;
        let mut first = true;
        self.list(")", |parser| {
            let is_first = std::mem::take(&mut first);
            parser.argument(&mut state, is_first)
        })
    }

    fn argument(&mut self, state: &mut Arguments, is_first: bool) -> Read {
        if self.eat("**") {
            *state = Arguments::Spread;
            return self.expression().map(|_| ());
        }
        if self.at("*") {
            self.require(*state < Arguments::Spread)?;
            self.advance();
            return self.expression().map(|_| ());
        }
        if self.is(Kind::Name) && self.ahead(1).text == "=" {
            self.advance();
            self.advance();
            *state = (*state).max(Arguments::Named);
            return self.expression().map(|_| ());
        }
        self.require(*state == Arguments::Any)?;
        self.named()?;
        if self.at_comprehension() {
            self.comprehension()?;
            // Beside other arguments it needs brackets of its own.
            self.require(is_first && self.at(")"))?;
        }
        Ok(())
    }

    /// Parameters up to `end`, which is taken as well; `typed` where they may have types.
    pub(super) fn parameters(&mut self, end: &str, typed: bool) -> Read {
        let mut so_far = Parameters { is_first: true, stage: Stage::Plain, has_default: false };
        self.list(end, |parser| parser.parameter(&mut so_far, typed))?;
        self.require(so_far.stage != Stage::BareStar)
    }

    fn parameter(&mut self, so_far: &mut Parameters, typed: bool) -> Read {
        self.require(so_far.stage != Stage::Over)?;
        let is_first = std::mem::take(&mut so_far.is_first);
        if self.eat("/") {
            self.require(!is_first && so_far.stage == Stage::Plain)?;
            so_far.stage = Stage::Slash;
            return Ok(());
        }
        if self.eat("**") {
            self.require(so_far.stage != Stage::BareStar)?;
            so_far.stage = Stage::Over;
            return self.parameter_name(typed);
        }
        if self.eat("*") {
            self.require(so_far.stage < Stage::Star)?;
            so_far.stage = if self.is(Kind::Name) { Stage::Star } else { Stage::BareStar };
            if so_far.stage == Stage::BareStar {
                return self.require(self.at(","));
            }
            self.advance();
            if typed && self.eat(":") {
                self.starred_or_expression()?;
            }
            return Ok(());
        }
        self.parameter_name(typed)?;
        if so_far.stage == Stage::BareStar {
            so_far.stage = Stage::Star;
        }
        if self.eat("=") {
            so_far.has_default = true;
            return self.expression().map(|_| ());
        }
        self.require(so_far.stage == Stage::Star || !so_far.has_default)
    }

    fn parameter_name(&mut self, typed: bool) -> Read {
        self.name()?;
        if typed && self.eat(":") {
            self.expression()?;
        }
        Ok(())
    }

    /// The parameters that a definition is made for, if there are any: `[T, *Ts, **P]`.
    pub(super) fn type_parameters(&mut self) -> Read {
        if !self.eat("[") {
            return Ok(());
        }
        self.require(!self.at("]"))?;
        self.list("]", |parser| {
            let is_starred = parser.eat_any(&["*", "**"]);
            parser.name()?;
            if !is_starred && parser.eat(":") {
                parser.expression()?;
            }
            if parser.eat("=") {
                parser.starred_or_expression()?;
            }
            Ok(())
        })
    }
}
