//! What all rules of Python's grammar need: a place in the tokens, and steps from there.
//! Nothing is built: a rule either gets through or says where it stopped.

use super::Fault;
use super::token::{Kind, Token, Tokens};

/// How deep expressions and patterns may stand in each other. Python stops at two hundred brackets.
const DEPTH_MAX: usize = 210;

/// What a rule says.
pub(super) type Read<T = ()> = Result<T, Fault>;

/// What an expression is as the left side of an assignment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Target {
    /// It can't be assigned to.
    Never,
    /// A name, an attribute or an item.
    Place,
    /// One of these with a star.
    Starred,
    /// Several of them; `starred` where one of them has a star.
    Group { starred: bool },
}

impl Target {
    /// Whether `del` takes it.
    pub(super) fn is_deletable(self) -> bool {
        matches!(self, Self::Place | Self::Group { starred: false })
    }

    /// The target that it makes together with `other`.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            _ => Self::Group { starred: self.has_star() || other.has_star() },
        }
    }

    /// The group that it makes alone.
    pub(super) fn grouped(self) -> Self {
        self.and(self)
    }

    fn has_star(self) -> bool {
        matches!(self, Self::Starred | Self::Group { starred: true })
    }
}

/// A place in the tokens.
pub(super) struct Parser<'t, 'a> {
    tokens: &'t [Token<'a>],
    place: usize,
    depth: usize,
}

const END: Token<'_> = Token { kind: Kind::End, text: "", line: 0 };

impl<'t, 'a> Parser<'t, 'a> {
    pub(super) fn new(tokens: &'t Tokens<'a>) -> Self {
        Self { tokens: &tokens.tokens, place: 0, depth: 0 }
    }

    pub(super) fn ahead(&self, steps: usize) -> Token<'a> {
        self.tokens.get(self.place + steps).copied().unwrap_or(END)
    }

    /// Whether a keyword, a sign or a soft keyword comes next.
    pub(super) fn at(&self, text: &str) -> bool {
        self.ahead(0).text == text
    }

    pub(super) fn at_any(&self, texts: &[&str]) -> bool {
        texts.contains(&self.ahead(0).text)
    }

    pub(super) fn is(&self, kind: Kind) -> bool {
        self.ahead(0).kind == kind
    }

    pub(super) fn advance(&mut self) -> Token<'a> {
        let token = self.ahead(0);
        self.place += 1;
        token
    }

    pub(super) fn eat(&mut self, text: &str) -> bool {
        let at = self.at(text);
        self.place += usize::from(at);
        at
    }

    pub(super) fn eat_any(&mut self, texts: &[&str]) -> bool {
        let at = self.at_any(texts);
        self.place += usize::from(at);
        at
    }

    pub(super) fn eat_kind(&mut self, kind: Kind) -> bool {
        let is = self.is(kind);
        self.place += usize::from(is);
        is
    }

    pub(super) fn expect(&mut self, text: &str) -> Read {
        if self.eat(text) { Ok(()) } else { Err(self.fault()) }
    }

    pub(super) fn expect_kind(&mut self, kind: Kind) -> Read {
        if self.eat_kind(kind) { Ok(()) } else { Err(self.fault()) }
    }

    pub(super) fn name(&mut self) -> Read {
        self.expect_kind(Kind::Name)
    }

    /// That nothing in the grammar goes on here.
    pub(super) fn fault(&self) -> Fault {
        let token = self.ahead(0);
        match token.kind {
            Kind::Indent | Kind::Dedent => Fault::Indent(token.line),
            _ => Fault::Grammar(token.line),
        }
    }

    pub(super) fn require(&self, so: bool) -> Read {
        if so { Ok(()) } else { Err(self.fault()) }
    }

    /// Reads `rule` one level deeper.
    pub(super) fn within<T>(&mut self, rule: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= DEPTH_MAX {
            return Err(Fault::Depth(self.ahead(0).line));
        }
        self.depth += 1;
        let read = rule(self);
        self.depth -= 1;
        read
    }

    /// Reads `rule`, or stays where it was.
    pub(super) fn attempt(&mut self, rule: impl FnOnce(&mut Self) -> Read) -> bool {
        let (place, depth) = (self.place, self.depth);
        let read = rule(self).is_ok();
        if !read {
            (self.place, self.depth) = (place, depth);
        }
        read
    }

    /// Reads `rule` as often as commas ask for it, up to `end`, which is taken as well. A last comma may stand alone.
    pub(super) fn list(&mut self, end: &str, mut rule: impl FnMut(&mut Self) -> Read) -> Read {
        while !self.eat(end) {
            rule(self)?;
            if !self.eat(",") {
                return self.expect(end);
            }
        }
        Ok(())
    }
}
