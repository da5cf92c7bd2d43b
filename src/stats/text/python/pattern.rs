//! The patterns behind Python's `case`.
//! They look like expressions and allow far less.

use super::parser::{Parser, Read};
use super::token::Kind;

impl Parser<'_, '_> {
    /// One pattern, or several that make a sequence.
    pub(super) fn patterns(&mut self) -> Read {
        let is_starred = self.at("*");
        self.starred_or_pattern()?;
        self.require(!is_starred || self.at(","))?;
        while self.eat(",") && !self.at_any(&[":", "if"]) {
            self.starred_or_pattern()?;
        }
        Ok(())
    }

    fn starred_or_pattern(&mut self) -> Read {
        if self.eat("*") { self.name() } else { self.pattern() }
    }

    fn pattern(&mut self) -> Read {
        self.within(|parser| {
            parser.closed()?;
            while parser.eat("|") {
                parser.closed()?;
            }
            if parser.eat("as") {
                parser.require(!parser.at("_"))?;
                parser.name()?;
            }
            Ok(())
        })
    }

    fn closed(&mut self) -> Read {
        match self.ahead(0).kind {
            Kind::Name => self.named_pattern(),
            Kind::Number => self.number(),
            kind @ (Kind::String | Kind::Bytes) => {
                while self.eat_kind(kind) {}
                self.require(!self.is(Kind::String) && !self.is(Kind::Bytes))
            }
            _ if self.at("-") => self.number(),
            _ if self.eat_any(&["None", "True", "False"]) => Ok(()),
            _ if self.eat("[") => self.list("]", Self::starred_or_pattern),
            _ if self.eat("(") => self.group_pattern(),
            _ if self.eat("{") => self.list("}", Self::entry_pattern),
            _ => Err(self.fault()),
        }
    }

    /// A number, which may have an imaginary part.
    fn number(&mut self) -> Read {
        self.eat("-");
        self.expect_kind(Kind::Number)?;
        if self.eat_any(&["+", "-"]) {
            let is_imaginary = self.ahead(0).text.ends_with(['j', 'J']);
            self.require(is_imaginary)?;
            self.expect_kind(Kind::Number)?;
        }
        Ok(())
    }

    /// A name to be bound, a value by its dotted name, or a class with what is in it.
    fn named_pattern(&mut self) -> Read {
        self.name()?;
        while self.eat(".") {
            self.name()?;
        }
        if !self.eat("(") {
            return Ok(());
        }
        let mut named = false;
        self.list(")", |parser| {
            let is_named = parser.is(Kind::Name) && parser.ahead(1).text == "=";
            parser.require(is_named || !named)?;
            if is_named {
                named = true;
                parser.advance();
                parser.advance();
            }
            parser.pattern()
        })
    }

    fn group_pattern(&mut self) -> Read {
        if self.eat(")") {
            return Ok(());
        }
        let is_starred = self.at("*");
        self.starred_or_pattern()?;
        self.require(!is_starred || self.at(","))?;
        if self.eat(",") { self.list(")", Self::starred_or_pattern) } else { self.expect(")") }
    }

    fn entry_pattern(&mut self) -> Read {
        if self.eat("**") {
            self.name()?;
            self.eat(",");
            return self.require(self.at("}"));
        }
        let is_value = self.is(Kind::Name) && self.ahead(1).text != ".";
        self.require(!is_value && !self.at_any(&["(", "[", "{"]))?;
        self.closed()?;
        self.expect(":")?;
        self.pattern()
    }
}
