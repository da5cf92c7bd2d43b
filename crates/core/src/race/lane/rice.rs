//! Numbers in as few bits as they take: each its distance from what is usual among its neighbours, small ones in few bits and any
//! in some (Rice, "Some Practical Universal Noiseless Coding Techniques", 1979).

/// A quotient of so many ones is none: the number itself follows.
const ESCAPE: u32 = 24;
/// Of a remainder there are at most so many bits.
const LONGEST: u32 = 30;
/// Stands for the bits of a remainder where all numbers are the same: they take none.
const SAME: u32 = 31;
/// So many bits tell how many a remainder has.
const WIDTH: u32 = 5;

/// Puts numbers behind each other, the lowest bits first.
#[derive(Debug)]
pub(super) struct RiceWriter<'a> {
    bytes: &'a mut Vec<u8>,
    begun: u64,
    bits: u32,
}

impl<'a> RiceWriter<'a> {
    /// Writes what comes next behind `bytes`.
    pub(super) const fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, begun: 0, bits: 0 }
    }

    /// Puts down the lowest `bits` of `number`, 32 of them at the most.
    fn put(&mut self, number: u64, bits: u32) {
        self.begun |= (number & ((1 << bits) - 1)) << self.bits;
        self.bits += bits;
        if self.bits >= 32 {
            let [a, b, c, d, ..] = self.begun.to_le_bytes();
            self.bytes.extend_from_slice(&[a, b, c, d]);
            self.begun >>= 32;
            self.bits -= 32;
        }
    }

    /// Puts down all of `number`.
    fn put_whole(&mut self, number: u64) {
        self.put(number, 32);
        self.put(number >> 32, 32);
    }

    fn put_rice(&mut self, number: u64, form: RiceForm) {
        if form.low == SAME {
            return;
        }
        let number = zigzag(number.wrapping_sub(form.middle));
        if let Some(quotient) = u32::try_from(number >> form.low).ok().filter(|quotient| *quotient < ESCAPE) {
            // So many ones and a zero.
            self.put((1 << quotient) - 1, quotient + 1);
            self.put(number, form.low);
        } else {
            self.put((1 << ESCAPE) - 1, ESCAPE);
            self.put_whole(number);
        }
    }

    /// Begins the next number with a byte of its own.
    pub(super) fn end(self) {
        let bytes = self.begun.to_le_bytes();
        self.bytes.extend(bytes.iter().take(self.bits.div_ceil(8) as usize));
    }
}

/// Takes the numbers out again.
#[derive(Clone, Copy, Debug)]
pub(super) struct RiceReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> RiceReader<'a> {
    /// Reads what `bytes` begin with.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next bits, 57 or more of them; zeros behind the end.
    fn ahead(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let word = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut word = [0; 8];
            word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            word
        });
        u64::from_le_bytes(word) >> (self.at % 8)
    }

    fn take(&mut self, bits: u32) -> u64 {
        let number = self.ahead() & ((1 << bits) - 1);
        self.at += bits as usize;
        number
    }

    fn take_whole(&mut self) -> u64 {
        self.take(32) | self.take(32) << 32
    }

    fn take_rice(&mut self, form: RiceForm) -> u64 {
        if form.low == SAME {
            return form.middle;
        }
        let ahead = self.ahead();
        let quotient = ahead.trailing_ones();
        let number = if quotient < ESCAPE {
            // A quotient and a remainder are never more bits than there are ahead.
            self.at += (quotient + 1 + form.low) as usize;
            u64::from(quotient) << form.low | ahead >> (quotient + 1) & ((1 << form.low) - 1)
        } else {
            self.at += ESCAPE as usize;
            self.take_whole()
        };
        form.middle.wrapping_add(unzigzag(number))
    }
}

/// How the numbers of one list are put down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct RiceForm {
    /// What they lie around.
    middle: u64,
    /// How many bits of each distance follow its quotient.
    low: u32,
}

impl RiceForm {
    /// A form in which `numbers` take few bits.
    pub(super) fn of(numbers: impl Iterator<Item = u64> + Clone) -> Self {
        let middle = usual(numbers.clone());
        let distances = numbers.map(|number| zigzag(number.wrapping_sub(middle)));
        if distances.clone().all(|distance| distance == 0) {
            return Self { middle, low: SAME };
        }
        // A quotient of one or two is cheapest where most numbers are near.
        let low = (usual(distances) / 16 * 11).saturating_add(1).ilog2().min(LONGEST);
        Self { middle, low }
    }

    /// Puts it down ahead of its numbers.
    pub(super) fn put(self, to: &mut RiceWriter<'_>) {
        to.put(u64::from(self.low), WIDTH);
        to.put_rice(self.middle, Self::UNKNOWN);
    }

    /// Takes it out again.
    pub(super) fn take(from: &mut RiceReader<'_>) -> Self {
        let low = u32::try_from(from.take(WIDTH)).unwrap_or(0);
        Self { middle: from.take_rice(Self::UNKNOWN), low }
    }

    /// Puts down one of the numbers.
    pub(super) fn put_number(self, number: u64, to: &mut RiceWriter<'_>) {
        to.put_rice(number, self);
    }

    /// Takes one out again.
    pub(super) fn take_number(self, from: &mut RiceReader<'_>) -> u64 {
        from.take_rice(self)
    }

    /// For a number of which nothing is known but that it is more likely small.
    const UNKNOWN: Self = Self { middle: 0, low: 10 };
}

/// The mean of all but the largest, which may be far off.
fn usual(numbers: impl Iterator<Item = u64>) -> u64 {
    let (mut sum, mut most, mut others) = (0_u64, 0, 0);
    for number in numbers {
        sum = sum.saturating_add(number);
        most = number.max(most);
        others += 1;
    }
    let others: u64 = others;
    others.checked_sub(1).and_then(|others| (sum - most).checked_div(others)).unwrap_or(sum)
}

/// Numbers close to zero, over it and under it, as small ones.
const fn zigzag(number: u64) -> u64 {
    number << 1 ^ (number.cast_signed() >> 63).cast_unsigned()
}

const fn unzigzag(number: u64) -> u64 {
    number >> 1 ^ (number & 1).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_put_down_is_taken_out(lists in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![4 => 900u64..1_100, 1 => 0u64..9, 1 => any::<u64>()], 0..40), 1..4,
        )) {
            let mut bytes = Vec::new();
            let mut writer = RiceWriter::new(&mut bytes);
            for list in &lists {
                let form = RiceForm::of(list.iter().copied());
                form.put(&mut writer);
                for number in list {
                    form.put_number(*number, &mut writer);
                }
            }
            writer.end();
            let mut reader = RiceReader::new(&bytes);
            for list in &lists {
                let form = RiceForm::take(&mut reader);
                for number in list {
                    prop_assert_eq!(form.take_number(&mut reader), *number);
                }
            }
            prop_assert_eq!(reader.at.div_ceil(8), bytes.len());
        }
    }

    #[test]
    fn one_far_off_costs_the_others_nothing() {
        let mut numbers = vec![1_000; 99];
        numbers.push(u64::MAX / 3);
        assert_eq!(RiceForm::of(numbers.iter().copied()), RiceForm { middle: 1_000, low: 0 });
        assert_eq!(RiceForm::of([].into_iter()), RiceForm { middle: 0, low: SAME });
    }
}
