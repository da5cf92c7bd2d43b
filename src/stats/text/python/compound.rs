//! Python's statements with blocks: definitions, branches, loops, `try`, `with` and `match`.
//! `match` and `case` are words only where a statement of that form follows.

use super::parser::{Parser, Read, Target};
use super::token::Kind;

impl Parser<'_, '_> {
    /// A statement with blocks; false where another one comes.
    pub(super) fn compound(&mut self) -> Read<bool> {
        let word = self.ahead(0);
        match (word.kind, word.text) {
            (Kind::Name, "match") => return self.matched(),
            (Kind::Sign, "@") => self.decorated()?,
            (Kind::Sign, "async") => {
                self.advance();
                self.require(self.at_any(&["def", "with", "for"]))?;
                return self.compound();
            }
            (Kind::Sign, "def") => self.function()?,
            (Kind::Sign, "class") => self.class()?,
            (Kind::Sign, "if") => self.branches()?,
            (Kind::Sign, "while") => {
                self.advance();
                self.named()?;
                self.block()?;
                self.otherwise()?;
            }
            (Kind::Sign, "for") => {
                self.advance();
                self.targets()?;
                self.expect("in")?;
                self.expressions()?;
                self.block()?;
                self.otherwise()?;
            }
            (Kind::Sign, "try") => self.tried()?,
            (Kind::Sign, "with") => self.with()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// From the colon on.
    pub(super) fn block(&mut self) -> Read {
        if !self.eat(":") {
            return Err(super::Fault::NoColon(self.ahead(0).line));
        }
        if !self.eat_kind(Kind::Newline) {
            return self.simple_line();
        }
        if !self.eat_kind(Kind::Indent) {
            return Err(super::Fault::Indent(self.ahead(0).line));
        }
        while !self.eat_kind(Kind::Dedent) {
            self.statement()?;
        }
        Ok(())
    }

    fn otherwise(&mut self) -> Read {
        if self.eat("else") { self.block() } else { Ok(()) }
    }

    fn decorated(&mut self) -> Read {
        while self.eat("@") {
            self.named()?;
            self.expect_kind(Kind::Newline)?;
        }
        if self.eat("async") {
            return self.function();
        }
        if self.at("class") { self.class() } else { self.function() }
    }

    fn function(&mut self) -> Read {
        self.expect("def")?;
        self.name()?;
        self.type_parameters()?;
        self.expect("(")?;
        self.parameters(")", true)?;
        if self.eat("->") {
            self.expression()?;
        }
        self.block()
    }

    fn class(&mut self) -> Read {
        self.expect("class")?;
        self.name()?;
        self.type_parameters()?;
        if self.eat("(") {
            self.arguments()?;
        }
        self.block()
    }

    fn branches(&mut self) -> Read {
        while self.eat_any(&["if", "elif"]) {
            self.named()?;
            self.block()?;
            if !self.at("elif") {
                return self.otherwise();
            }
        }
        Ok(())
    }

    fn tried(&mut self) -> Read {
        self.expect("try")?;
        self.block()?;
        let mut starred = None;
        while self.eat("except") {
            let is_starred = self.eat("*");
            self.require(*starred.get_or_insert(is_starred) == is_starred)?;
            if is_starred || !self.at(":") {
                self.expression()?;
                if self.eat("as") {
                    self.name()?;
                }
            }
            self.block()?;
        }
        if starred.is_some() {
            self.otherwise()?;
        }
        if self.eat("finally") {
            return self.block();
        }
        self.require(starred.is_some())
    }

    fn with(&mut self) -> Read {
        self.expect("with")?;
        // Brackets around all items and those of a first item look alike until their end.
        let bracketed = self.attempt(|parser| {
            parser.expect("(")?;
            parser.require(!parser.at(")"))?;
            parser.list(")", Self::context)?;
            parser.require(parser.at(":"))
        });
        if !bracketed {
            self.context()?;
            while self.eat(",") {
                self.context()?;
            }
        }
        self.block()
    }

    fn context(&mut self) -> Read {
        self.expression()?;
        if self.eat("as") {
            let target = self.operation()?;
            self.require(target != Target::Never)?;
        }
        Ok(())
    }

    fn matched(&mut self) -> Read<bool> {
        let found = self.attempt(|parser| {
            parser.advance();
            let is_starred = parser.at("*");
            parser.starred_or_named()?;
            parser.require(!is_starred || parser.at(","))?;
            while parser.eat(",") && parser.starts_expression() {
                parser.starred_or_named()?;
            }
            parser.expect(":")?;
            parser.expect_kind(Kind::Newline)?;
            parser.expect_kind(Kind::Indent)?;
            parser.require(parser.at("case"))
        });
        while found && !self.eat_kind(Kind::Dedent) {
            self.expect("case")?;
            self.patterns()?;
            if self.eat("if") {
                self.named()?;
            }
            self.block()?;
        }
        Ok(found)
    }
}
