//! Python's expressions, from a bare name to a comprehension.
//! How tightly signs bind doesn't change what is allowed, so only the levels that do are told apart.

use super::parser::{Parser, Read, Target};
use super::token::Kind;

/// Signs between two values; `*` before a value is something else.
const BINARY: [&str; 12] = ["+", "-", "*", "/", "//", "%", "@", "**", "<<", ">>", "&", "^"];
const COMPARISONS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

impl Parser<'_, '_> {
    /// One or more expressions, with stars or not: what `return` takes.
    pub(super) fn expressions(&mut self) -> Read<Target> {
        self.tuple(Self::starred_or_expression)
    }

    /// A `yield`, or one or more expressions: what stands right of an assignment.
    pub(super) fn value(&mut self) -> Read<Target> {
        if self.at("yield") { self.yielded() } else { self.expressions() }
    }

    pub(super) fn yielded(&mut self) -> Read<Target> {
        self.expect("yield")?;
        if self.eat("from") {
            self.expression()?;
        } else if self.starts_expression() {
            self.expressions()?;
        }
        Ok(Target::Never)
    }

    /// What follows `for` and comes before `in`.
    pub(super) fn targets(&mut self) -> Read {
        let target = self.tuple(Self::starred_or_operation)?;
        self.require(target != Target::Never)
    }

    fn tuple(&mut self, rule: fn(&mut Self) -> Read<Target>) -> Read<Target> {
        let mut target = rule(self)?;
        if self.at(",") {
            target = target.grouped();
        }
        while self.eat(",") && self.starts_expression() {
            target = target.and(rule(self)?);
        }
        Ok(target)
    }

    /// Whether an expression may begin here.
    pub(super) fn starts_expression(&self) -> bool {
        const SIGNS: [&str; 14] =
            ["(", "[", "{", "-", "+", "~", "*", "...", "not", "lambda", "await", "None", "True", "False"];
        match self.ahead(0).kind {
            Kind::Name | Kind::Number | Kind::String | Kind::Bytes => true,
            Kind::Sign => self.at_any(&SIGNS),
            _ => false,
        }
    }

    pub(super) fn starred_or_expression(&mut self) -> Read<Target> {
        if self.at("*") { self.starred() } else { self.expression() }
    }

    fn starred_or_operation(&mut self) -> Read<Target> {
        if self.at("*") { self.starred() } else { self.operation() }
    }

    fn starred(&mut self) -> Read<Target> {
        self.expect("*")?;
        let target = self.operation()?;
        Ok(if matches!(target, Target::Never) { Target::Never } else { Target::Starred })
    }

    /// An item of a list: with a star, or with a name of its own.
    pub(super) fn starred_or_named(&mut self) -> Read<Target> {
        if self.at("*") { self.starred() } else { self.named() }
    }

    /// An expression, or `name := expression`.
    pub(super) fn named(&mut self) -> Read<Target> {
        if self.is(Kind::Name) && self.ahead(1).text == ":=" {
            self.advance();
            self.advance();
            self.expression()?;
            return Ok(Target::Never);
        }
        self.expression()
    }

    /// A single expression.
    pub(super) fn expression(&mut self) -> Read<Target> {
        self.within(|parser| {
            if parser.at("lambda") {
                return parser.lambda();
            }
            let mut target = parser.disjunction()?;
            while parser.eat("if") {
                target = Target::Never;
                parser.disjunction()?;
                parser.expect("else")?;
                if parser.at("lambda") {
                    return parser.lambda();
                }
                parser.disjunction()?;
            }
            Ok(target)
        })
    }

    fn lambda(&mut self) -> Read<Target> {
        self.expect("lambda")?;
        self.parameters(":", false)?;
        self.expression()?;
        Ok(Target::Never)
    }

    /// Truths with `and`, `or` and `not`.
    pub(super) fn disjunction(&mut self) -> Read<Target> {
        let mut target = self.inversion()?;
        while self.eat_any(&["and", "or"]) {
            target = Target::Never;
            self.inversion()?;
        }
        Ok(target)
    }

    fn inversion(&mut self) -> Read<Target> {
        let mut inverted = false;
        while self.eat("not") {
            inverted = true;
        }
        let mut target = self.operation()?;
        while self.compares() {
            target = Target::Never;
            self.operation()?;
        }
        Ok(if inverted { Target::Never } else { target })
    }

    fn compares(&mut self) -> bool {
        if self.eat("is") {
            self.eat("not");
            return true;
        }
        if self.at("not") && self.ahead(1).text == "in" {
            self.advance();
        }
        self.eat("in") || self.eat_any(&COMPARISONS)
    }

    /// Values with signs between them, none of which compares.
    pub(super) fn operation(&mut self) -> Read<Target> {
        let mut target = self.operand()?;
        while self.eat_any(&BINARY) || self.eat("|") {
            target = Target::Never;
            self.operand()?;
        }
        Ok(target)
    }

    fn operand(&mut self) -> Read<Target> {
        let mut signed = false;
        while self.eat_any(&["-", "+", "~"]) {
            signed = true;
        }
        signed |= self.eat("await");
        let mut target = self.atom()?;
        loop {
            if self.eat(".") {
                self.name()?;
                target = Target::Place;
            } else if self.eat("(") {
                self.arguments()?;
                target = Target::Never;
            } else if self.eat("[") {
                self.slices()?;
                target = Target::Place;
            } else {
                return Ok(if signed { Target::Never } else { target });
            }
        }
    }

    fn atom(&mut self) -> Read<Target> {
        match self.ahead(0).kind {
            Kind::Name => {
                self.advance();
                return Ok(Target::Place);
            }
            Kind::Number => _ = self.advance(),
            kind @ (Kind::String | Kind::Bytes) => {
                while self.eat_kind(kind) {}
                // Text and bytes can't be joined.
                self.require(!self.is(Kind::String) && !self.is(Kind::Bytes))?;
            }
            _ if self.eat("(") => return self.group(),
            _ if self.eat("[") => return self.square(),
            _ if self.eat("{") => self.curly()?,
            _ if self.eat_any(&["None", "True", "False", "..."]) => {}
            _ => return Err(self.fault()),
        }
        Ok(Target::Never)
    }

    /// What stands in round brackets, from behind the opening one.
    fn group(&mut self) -> Read<Target> {
        if self.eat(")") {
            return Ok(Target::Group { starred: false });
        }
        if self.at("yield") {
            self.yielded()?;
            self.expect(")")?;
            return Ok(Target::Never);
        }
        if !self.at("*") {
            let first = self.named()?;
            return if self.eat(")") { Ok(first) } else { self.rest_of(")", first) };
        }
        let first = self.starred()?;
        self.require(self.at(","))?;
        self.rest_of(")", first)
    }

    fn square(&mut self) -> Read<Target> {
        if self.eat("]") {
            return Ok(Target::Group { starred: false });
        }
        let is_starred = self.at("*");
        let first = self.starred_or_named()?;
        self.require(!is_starred || !self.at_comprehension())?;
        self.rest_of("]", first)
    }

    /// The items behind the first one, or what it is made for each of.
    fn rest_of(&mut self, end: &str, first: Target) -> Read<Target> {
        if self.at_comprehension() {
            self.comprehension()?;
            self.expect(end)?;
            return Ok(Target::Never);
        }
        let mut target = first.grouped();
        while self.eat(",") && !self.at(end) {
            target = target.and(self.starred_or_named()?);
        }
        self.expect(end)?;
        Ok(target)
    }
}
