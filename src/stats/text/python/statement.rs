//! Python's simple statements, which stand on one line, and whole code as statements in a row.
//! Those that hold blocks stand in `compound`.

use super::parser::{Parser, Read, Target};
use super::token::Kind;

const AUGMENTED: [&str; 13] = ["+=", "-=", "*=", "/=", "//=", "%=", "@=", "&=", "|=", "^=", ">>=", "<<=", "**="];

impl Parser<'_, '_> {
    /// Whole code.
    pub(super) fn module(&mut self) -> Read {
        while !self.eat_kind(Kind::End) {
            self.statement()?;
        }
        Ok(())
    }

    /// What a field of an f-string holds.
    pub(super) fn field(&mut self) -> Read {
        self.value()?;
        self.expect_kind(Kind::End)
    }

    pub(super) fn statement(&mut self) -> Read {
        if self.compound()? { Ok(()) } else { self.simple_line() }
    }

    /// Simple statements up to the end of their line.
    pub(super) fn simple_line(&mut self) -> Read {
        loop {
            self.simple()?;
            if self.eat_kind(Kind::Newline) {
                return Ok(());
            }
            self.expect(";")?;
            if self.eat_kind(Kind::Newline) {
                return Ok(());
            }
        }
    }

    fn simple(&mut self) -> Read {
        let word = self.ahead(0);
        if word.kind == Kind::Name && word.text == "type" && self.ahead(1).kind == Kind::Name {
            return self.type_alias();
        }
        if word.kind != Kind::Sign {
            return self.assignment();
        }
        match word.text {
            "pass" | "break" | "continue" => {
                self.advance();
                Ok(())
            }
            "return" => {
                self.advance();
                if self.starts_expression() { self.expressions().map(|_| ()) } else { Ok(()) }
            }
            "raise" => self.raise(),
            "global" | "nonlocal" => {
                self.advance();
                self.names()
            }
            "del" => {
                self.advance();
                let target = self.expressions()?;
                self.require(target.is_deletable())
            }
            "assert" => {
                self.advance();
                self.expression()?;
                if self.eat(",") { self.expression().map(|_| ()) } else { Ok(()) }
            }
            "import" => self.import(),
            "from" => self.import_from(),
            _ => self.assignment(),
        }
    }

    fn type_alias(&mut self) -> Read {
        self.advance();
        self.name()?;
        self.type_parameters()?;
        self.expect("=")?;
        self.expression().map(|_| ())
    }

    fn names(&mut self) -> Read {
        self.name()?;
        while self.eat(",") {
            self.name()?;
        }
        Ok(())
    }

    fn raise(&mut self) -> Read {
        self.expect("raise")?;
        if self.starts_expression() {
            self.expression()?;
            if self.eat("from") {
                self.expression()?;
            }
        }
        Ok(())
    }

    fn import(&mut self) -> Read {
        self.expect("import")?;
        loop {
            self.dotted()?;
            self.alias()?;
            if !self.eat(",") {
                return Ok(());
            }
        }
    }

    fn import_from(&mut self) -> Read {
        self.expect("from")?;
        let mut relative = false;
        while self.eat_any(&[".", "..."]) {
            relative = true;
        }
        if !relative || !self.at("import") {
            self.dotted()?;
        }
        self.expect("import")?;
        if self.eat("*") {
            return Ok(());
        }
        if self.eat("(") {
            self.require(!self.at(")"))?;
            return self.list(")", Self::imported);
        }
        self.imported()?;
        while self.eat(",") {
            self.imported()?;
        }
        Ok(())
    }

    fn imported(&mut self) -> Read {
        self.name()?;
        self.alias()
    }

    fn alias(&mut self) -> Read {
        if self.eat("as") { self.name() } else { Ok(()) }
    }

    fn dotted(&mut self) -> Read {
        self.name()?;
        while self.eat(".") {
            self.name()?;
        }
        Ok(())
    }

    /// An expression alone, or what is assigned to it.
    fn assignment(&mut self) -> Read {
        let mut target = self.value()?;
        if self.at(":") {
            self.require(target == Target::Place)?;
            self.advance();
            self.expression()?;
            return if self.eat("=") { self.value().map(|_| ()) } else { Ok(()) };
        }
        if self.at_any(&AUGMENTED) {
            self.require(target == Target::Place)?;
            self.advance();
            return self.value().map(|_| ());
        }
        while self.at("=") {
            self.require(target != Target::Never)?;
            self.advance();
            target = self.value()?;
        }
        Ok(())
    }
}
