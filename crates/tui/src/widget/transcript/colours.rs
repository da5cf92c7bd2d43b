//! Which parts of code are what: a syntax tree's leaves by their kinds, without queries, so that a language costs no more
//! than its grammar.

use std::ops::Range;

use super::row::TextTone;

/// Longer code stays in one colour, so that no answer costs more than another.
const LONGEST: usize = 8 * 1024;

/// The parts of `code` that have a colour of their own, in order.
pub(super) fn of(language: &str, code: &str) -> Vec<(Range<usize>, TextTone)> {
    if code.len() > LONGEST {
        return Vec::new();
    }
    grammar::leaves(&language.to_ascii_lowercase(), code)
}

#[cfg(not(feature = "code-colours"))]
mod grammar {
    use super::{Range, TextTone};

    pub(super) const fn leaves(_language: &str, _code: &str) -> Vec<(Range<usize>, TextTone)> {
        Vec::new()
    }
}

#[cfg(feature = "code-colours")]
mod grammar {
    use tree_sitter::{Language, Node, Parser, TreeCursor};

    use super::{Range, TextTone};

    /// The grammar of a language by the name that stands at a fence.
    fn find(name: &str) -> Option<Language> {
        Some(match name {
            "python" | "py" | "python3" => tree_sitter_python::LANGUAGE.into(),
            "rust" | "rs" => tree_sitter_rust::LANGUAGE.into(),
            "javascript" | "js" | "jsx" | "mjs" | "node" | "typescript" | "ts" | "tsx" => {
                tree_sitter_javascript::LANGUAGE.into()
            }
            "json" | "jsonc" | "json5" => tree_sitter_json::LANGUAGE.into(),
            "bash" | "sh" | "shell" | "zsh" | "console" => tree_sitter_bash::LANGUAGE.into(),
            "c" | "h" | "cpp" | "c++" | "cc" | "hpp" => tree_sitter_c::LANGUAGE.into(),
            "go" | "golang" => tree_sitter_go::LANGUAGE.into(),
            "java" => tree_sitter_java::LANGUAGE.into(),
            _ => return None,
        })
    }

    pub(super) fn leaves(language: &str, code: &str) -> Vec<(Range<usize>, TextTone)> {
        let mut parser = Parser::new();
        let tree = find(language)
            .filter(|language| parser.set_language(language).is_ok())
            .and_then(|_| parser.parse(code, None));
        let mut found = Vec::new();
        if let Some(tree) = tree {
            let mut cursor = tree.walk();
            while visit(&mut cursor, &mut found) {}
        }
        found
    }

    /// Looks at one node and goes on to the next; `false` after the last.
    fn visit(cursor: &mut TreeCursor<'_>, found: &mut Vec<(Range<usize>, TextTone)>) -> bool {
        let node = cursor.node();
        let tone = tone(&node);
        found.extend(tone.map(|tone| (node.byte_range(), tone)));
        if tone.is_none() && cursor.goto_first_child() {
            return true;
        }
        loop {
            if cursor.goto_next_sibling() {
                return true;
            }
            if !cursor.goto_parent() {
                return false;
            }
        }
    }

    /// What a node is by its kind; nothing for a node that only has parts.
    fn tone(node: &Node<'_>) -> Option<TextTone> {
        let kind = node.kind();
        if kind.contains("comment") {
            return Some(TextTone::Comment);
        }
        let names_string =
            ["string", "char_literal", "rune_literal", "raw_string"].iter().any(|name| kind.contains(name));
        if node.is_named() && names_string {
            // In f"{…}" and `${…}` code stands between the pieces.
            let whole = !(0..u32::try_from(node.named_child_count()).unwrap_or(0))
                .filter_map(|child| node.named_child(child))
                .any(|child| matches!(child.kind(), "interpolation" | "template_substitution" | "expansion"));
            return whole.then_some(TextTone::StringLiteral);
        }
        match kind {
            "integer"
            | "float"
            | "number"
            | "integer_literal"
            | "float_literal"
            | "int_literal"
            | "number_literal"
            | "decimal_integer_literal"
            | "decimal_floating_point_literal"
            | "imaginary_literal"
            | "true"
            | "false"
            | "none"
            | "null"
            | "nil"
            | "undefined"
            | "boolean_literal"
            | "null_literal" => Some(TextTone::Constant),
            "type_identifier"
            | "primitive_type"
            | "integral_type"
            | "floating_point_type"
            | "boolean_type"
            | "void_type" => Some(TextTone::TypeName),
            "mutable_specifier" | "self" | "super" | "crate" | "this" => Some(TextTone::Keyword),
            // The words of a language are its nameless leaves; its signs are, too.
            _ if !node.is_named() && kind.starts_with(char::is_alphabetic) => Some(TextTone::Keyword),
            _ => None,
        }
    }
}
