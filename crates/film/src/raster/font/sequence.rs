//! Sequences that are one glyph, such as flags, families and keycaps: what a font's ligatures make of their characters.
//! Only what joins or replaces glyphs is followed, so that a sequence never grows.

use skrifa::raw::TableProvider as _;
use skrifa::raw::tables::gsub::{LigatureSubstFormat1, SingleSubst, SubstitutionSubtables};
use skrifa::{FontRef, GlyphId, GlyphId16, MetadataProvider as _, Tag};

/// Characters of the longest sequence that is looked up; the flags of regions have seven, families of four up to eleven.
pub(super) const LONGEST: usize = 32;
/// Features that fonts join emoji by.
const FEATURES: [&[u8; 4]; 5] = [b"ccmp", b"liga", b"rlig", b"clig", b"dlig"];
const EMOJI_FORM: char = '\u{fe0f}';

/// The one glyph that `font` has for `letters`. Fonts leave out the selector of the emoji form, or ask for it.
pub(super) fn ligature(font: &FontRef<'_>, letters: &[char]) -> Option<GlyphId> {
    let bare: Vec<char> = letters.iter().copied().filter(|letter| *letter != EMOJI_FORM).collect();
    joined(font, &bare).or_else(|| if bare.len() == letters.len() { None } else { joined(font, letters) })
}

fn joined(font: &FontRef<'_>, letters: &[char]) -> Option<GlyphId> {
    let charmap = font.charmap();
    let glyph = |letter: &char| charmap.map(*letter).filter(|glyph| glyph.to_u32() != 0);
    let mut glyphs = letters
        .iter()
        .take(LONGEST + 1)
        .map(|letter| glyph(letter).and_then(|glyph| GlyphId16::try_from(glyph).ok()))
        .collect::<Option<Vec<_>>>()?;
    if glyphs.len() > LONGEST {
        return None;
    }
    let gsub = font.gsub().ok()?;
    let (features, lookups) = (gsub.feature_list().ok()?, gsub.lookup_list().ok()?);
    let mut used: Vec<u16> = Vec::new();
    for record in features.feature_records() {
        if FEATURES.iter().any(|tag| record.feature_tag() == Tag::new(tag))
            && let Ok(feature) = record.feature(features.offset_data())
        {
            used.extend(feature.lookup_list_indices().iter().map(skrifa::raw::types::BigEndian::get));
        }
    }
    used.sort_unstable();
    used.dedup();
    for index in used {
        let Some(subtables) = lookups.lookups().get(index.into()).and_then(|lookup| lookup.subtables()).ok() else {
            continue;
        };
        match subtables {
            SubstitutionSubtables::Ligature(tables) => {
                tables.iter().flatten().for_each(|table| join(&table, &mut glyphs));
            }
            SubstitutionSubtables::Single(tables) => {
                tables.iter().flatten().for_each(|table| replace(&table, &mut glyphs));
            }
            _ => {}
        }
    }
    match glyphs.as_slice() {
        [only] => Some((*only).into()),
        _ => None,
    }
}

/// Puts ligatures in the place of what they join, from the first glyph to the last.
fn join(table: &LigatureSubstFormat1<'_>, glyphs: &mut Vec<GlyphId16>) {
    let Ok(coverage) = table.coverage() else { return };
    let mut at = 0;
    while let Some(first) = glyphs.get(at).copied() {
        let set = coverage.get(first).and_then(|index| table.ligature_sets().get(index.into()).ok());
        let rest = glyphs.get(at + 1..).unwrap_or_default();
        let found = set.and_then(|set| {
            set.ligatures().iter().flatten().find_map(|ligature| {
                let parts = ligature.component_glyph_ids();
                let same =
                    parts.len() <= rest.len() && parts.iter().zip(rest).all(|(part, glyph)| part.get() == *glyph);
                same.then(|| (ligature.ligature_glyph(), parts.len()))
            })
        });
        if let Some((ligature, parts)) = found {
            glyphs.splice(at..=at + parts, [ligature]);
        }
        at += 1;
    }
}

fn replace(table: &SingleSubst<'_>, glyphs: &mut [GlyphId16]) {
    let coverage = match table {
        SingleSubst::Format1(table) => table.coverage(),
        SingleSubst::Format2(table) => table.coverage(),
    };
    let Ok(coverage) = coverage else { return };
    for glyph in glyphs {
        let Some(index) = coverage.get(*glyph) else { continue };
        let other = match table {
            SingleSubst::Format1(table) => {
                Some(GlyphId16::from(glyph.to_u16().wrapping_add_signed(table.delta_glyph_id())))
            }
            SingleSubst::Format2(table) => {
                table.substitute_glyph_ids().get(usize::from(index)).map(skrifa::raw::types::BigEndian::get)
            }
        };
        *glyph = other.unwrap_or(*glyph);
    }
}
