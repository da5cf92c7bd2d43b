//! Answers to the riddle of the 3 and the 5-gallon jug, right and wrong.

use super::*;

const RIDDLE: JugRiddle = JugRiddle { small: 3, large: 5, goal: 4 };

const RIGHT: &[&str] = &[
    "Fill the 5-gallon jug and pour it into the 3-gallon jug, leaving 2 gallons. Empty the 3, pour in the 2. Fill the 5 again and top up the 3, leaving exactly 4 gallons in the 5-gallon jug.",
    "Pour until the 3-gallon jug is full. You now have 4 gallons.",
    "6. **Result:** the 5-gallon jug contains **4 gallons**.",
    "- 3-gallon: 3\n- 5-gallon: 4",
    "5-gallon jug: 4 gallons; done!",
    "(0,0) → (0,5) → (3,2) → (0,2) → (2,0) → (2,5) → (3,4)",
    "Start (0, 0).\n1. (5, 0)\n2. (2, 3)\n3. (2, 0)\n4. (0, 2)\n5. (5, 2)\n6. (4, 3)\nDone.",
    "| Step | 3-gal | 5-gal |\n|---|---|---|\n| Start | 0 | 0 |\n| Fill 5 | 0 | 5 |\n| Pour | 3 | 2 |\n| Empty 3 | 0 | 2 |\n| Pour | 2 | 0 |\n| Fill 5 | 2 | 5 |\n| Pour | 3 | 4 |\n",
    "Since the small jug takes only one more gallon, four gallons remain in the large jug.",
    "$$5 - 1 = 4 \\text{ gallons}$$",
    "The answer is \\boxed{4}.",
    "To measure exactly 4 gallons, fill the 5-gallon jug. … That leaves you with exactly four gallons in the five‑gallon jug!",
    "Goal: have 4 gallons. Fill, pour, fill, pour. There are exactly 4 gallons left in the 5-gallon jug.",
    "It may seem impossible, but pour 1 gallon over and you’ve got 4 gallons in the 5-gallon container.",
    "Pour from the 5-gallon jug until the 3-gallon jug is full (it needs 1 gallon), which leaves 4 in the 5-gallon jug.",
    "Pour 1 gallon out to leave exactly 4 gallons in the larger jug.",
    "Congratulations, you have successfully measured exactly 4 gallons!",
    "Fill the 3, pour it into the 5, again until it's full: 1 is left. Empty the 5, pour in the 1, fill the 3 and add it: 1 + 3 = 4 gallons.",
    "Exactly 4 gallons remain in the 5‑gallon jug.",
    "The 5-gallon jug now holds 5 − 1 = **4 gallons**, which is what we needed.",
    "You'll be left with 4 gallons of water in the 5-gallon jug.",
    "This will leave you with 4 gallons in the 5-gallon jug.",
    "Jug A = 3, Jug B = 4",
    "5G jug = 4, 3G jug = 3",
    "Top up the 3-gallon jug. (5-gal: 4 gallons, 3-gal: 3 gallons)",
    "What remains in the 5-gallon jug is exactly 4 gallons.",
    "That's it: exactly four gallons!",
    "You will have exactly 4 gallons left in the 5-gallon jug.",
    "Voilà — 4 gallons in the 5-gallon jug.",
    "$$\\boxed{4 \\text{ gallons in the 5-gallon jug}}$$",
    "The goal is to get 4 gallons.\n\n6. Pour.\n   - 4 gallons remain in the 5-gallon jug.",
    "**5-gallon jug = 4 gallons** ✅ Goal achieved: 4 gallons!",
    "Pour 1 gallon into the 3-gallon jug. The 5-gallon jug will now have 4 gallons of water.",
];

const WRONG: &[&str] = &[
    "To measure exactly 4 gallons: fill the 5-gallon jug, pour it into the 3-gallon jug. You are left with 2 gallons. Sorry, I give up.",
    "To measure exactly 4 gallons: fill the 5-gallon jug, pour it into the 3-gallon jug. You are left with 2 gallons.",
    "You have a 3-gallon jug and a 5-gallon jug. How do you measure exactly 4 gallons? Fill one and pour.",
    "Goal: 4 gallons in the 5-gallon jug. Fill the 5-gallon jug.",
    "**Goal:** Have exactly 4 gallons in the 5-gallon jug. Fill the 5-gallon jug.",
    "| Goal | 4 gallons |",
    "This is a classic puzzle! You want to end up with exactly 4 gallons in the 5-gallon jug.",
    "The final goal is having 4 gallons in the 5-gallon jug.",
    "# How to Measure Exactly 4 Gallons\n\nObjective: obtain exactly 4 gallons in one jug.",
    "Let's solve the problem of getting 4 gallons. Fill the 5-gallon jug, leaving 2 gallons.",
    "We need to have exactly 4 gallons in the 5-gallon jug. Fill it and pour out a bit.",
    "Here is how you can get 4 gallons with a 3-gallon jug and a 5-gallon jug: fill and pour.",
    "Pour it over. You now have 4 gallons in the 3-gallon jug.",
    "Fill the 4-gallon jug. You now have a full 4-gallon jug.",
    "You don't have 4 gallons in the 5-gallon jug, you have 2.",
    "It's impossible to end up with exactly 4 gallons using these jugs.",
    "You now have 4 gallons in the 5-gallon jug. Wait, that's wrong: there are 2. I give up.",
    "(0,0) → (0,5) → (3,2) → (3,4)",
    "| Step | 3-gallon jug | 5-gallon jug |\n|---|---|---|\n| 1 | 0 | 5 |\n| 2 | 3 | 2 |\n| 3 | 0 | 4 |\n",
    "Step 4. Fill the 5-gallon jug, leaving 2 gallons.",
    "The task is to get exactly 4 gallons. I'm left with 14 gallons, or 2.4 gallons.",
    "Measuring 4 gallons with a 3-gallon jug and a 5-gallon jug\n\nFill both. Pour.",
    "To measure with a 3-gallon and a 5-gallon jug exactly 4 gallons: fill the 5-gallon jug.",
    "Exactly 4 gallons in the 5-gallon jug is what we want. Fill it.",
    "## 4 gallons with a 3-gallon and a 5-gallon jug\n\nFill both.",
    "If you had 4 gallons in the 5-gallon jug, you would be done.",
    "4",
    "",
];

#[test]
fn who_arrives_is_believed() {
    for answer in RIGHT {
        assert!(RIDDLE.reached(answer), "{answer}");
    }
}

#[test]
fn who_only_wishes_is_not() {
    for answer in WRONG {
        assert!(!RIDDLE.reached(answer), "{answer}");
    }
}

#[test]
fn riddles_must_have_an_answer() {
    assert_eq!(RIDDLE.problem(), None);
    assert!(JugRiddle { goal: 5, ..RIDDLE }.problem().is_some() && JugRiddle { goal: 3, ..RIDDLE }.problem().is_some());
    assert!(JugRiddle { small: 0, ..RIDDLE }.problem().is_some());
    assert_eq!(JugRiddle { small: 2, large: 6, goal: 3 }.problem(), Some("no pouring reaches the goal"));
}

#[test]
fn other_sizes_have_other_answers() {
    let riddle = JugRiddle { small: 5, large: 8, goal: 6 };
    assert!(riddle.reached("That leaves exactly 6 litres in the 8-litre jug."));
    assert!(!riddle.reached("That leaves exactly 4 litres in the 8-litre jug."));
}

#[test]
fn long_answers_cost_little() {
    let wish = "we want 4 gallons of é and ".repeat(200);
    assert!(!RIDDLE.reached(&wish));
    assert!(RIDDLE.reached(&format!("{wish} leaves 4 gallons")));
}
