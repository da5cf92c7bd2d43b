//! Snippets that Python takes and refuses, in fences as answers hold them. Each was held against `ast.parse`.

use super::*;

const GOOD: &str = "Here you are:\n```python\ndef factorial(n: int) -> int:\n    \"\"\"The \"product\" of 1..n.\n  It's plain.\"\"\"\n    # a comment: with ) and '\n    if n < 2: return 1\n    result = {'a': [1,\n  2]}\n    for k in range(2, n + 1):\n        result *= k \\\n  + 0\n\n    return result\n\nprint(factorial(5))\n```\nIt works, (mostly.";

/// `snippet` behind code, so that there is some in any case.
fn read(snippet: &str) -> Result<(), PythonFault> {
    check(&format!("```python\nimport a\n{snippet}\n```"))
}

#[test]
fn sound_code_passes() {
    assert_eq!(check(GOOD), Ok(()));
    assert_eq!(check(&GOOD.replace('\n', "\r\n")), Ok(()));
    assert_eq!(check("def f():\n\treturn 1\n"), Ok(()), "without a fence");
    assert_eq!(check("```\nclass A:\n    def f(self): pass\n    x = 'é\\''\n```"), Ok(()));
}

#[test]
fn any_definition_or_import_is_code() {
    for code in [
        "async def f():\n    await g()",
        "from math import factorial",
        "import math\nprint(math.factorial(5))",
        "@cache\nasync def f(): pass",
    ] {
        assert_eq!(check(&format!("So:\n```py\n{code}\n```")), Ok(()), "{code}");
        assert_eq!(check(code), Ok(()), "{code}");
    }
    assert_eq!(check("No code here."), Err(PythonFault::NoCode));
    assert_eq!(check("```sh\nls\n```"), Err(PythonFault::NoCode));
}

#[test]
fn what_python_takes_passes() {
    for code in TAKEN {
        assert_eq!(read(code), Ok(()), "{code}");
    }
}

const TAKEN: &[&str] = &[
    "x = 1; y = 2;\nz = x if y else w if v else 0",
    "a, *b = c = d, = *e, 1",
    "x: int\ny: dict[str, list[int]] = {}\nself.z: 'A' = yield",
    "(x) += 1\na.b[0] //= 2\nx @= y\n[a, (b, c)] = d",
    "0x_ff + 0b1 + 0o7 + 1_000.5e-3j + .5 + 1. + 00 + 1if x else 2",
    "print(f'{x!r:>{w}.2f} {{}} {d[\"k\"]} {y = } {(lambda: 1)()} {z:%H:%M}')",
    "f'{x != y} {a == b:=^9} {c:{d}{e}}' 'and' rf\"\\d{x}\"",
    "f'{f'{x}'} {'\\n'.join(y)}'",
    "b'\\x00' rb'\\d' + B''",
    "'''a\n' \"\"\" \\\n''' + u'\\u00e9\\N{BULLET}'",
    "match x:\n    case 0 | -1 | 1 + 2j | 'a' 'b' | None: pass\n    case [a, *_, (b, c)] if a: pass\n    case {'k': v, A.b: _, **rest}: pass\n    case P(1, y=Q()) as p: pass\n    case a, *b: pass\n    case _: pass",
    "match = 1\nmatch[x]: int\nmatch(x)\nmatch.group()\ncase = type = _ = match\nprint(match, case)",
    "match x, *y:\n    case (): pass",
    "type A[T: int, *S, **P] = list[T]\ntype(x)\ntype = 1",
    "def f[T](a: T, /, b=1, *args: *T, c, d=2, **k) -> T: return a, *b",
    "def f(*, a): ...\ndef g(a, /): ...\ndef h(a, b=(1, 2), *c,): ...",
    "class A(B, metaclass=C, *d, **e):\n    x = 1\n\n    @p.setter(1)\n    async def f(self): pass",
    "class A[T]: pass",
    "lambda: 0\nlambda x, *y, z=1, **k: (x, y)\nlambda *, a: lambda: a",
    "[x async for x, *y in z if a if not b for c in d]\n{**a, 'b': 1}\n{*a, b}\n{k: v for k, v in x}\n{x for x in y}",
    "f(x for x in y)\nf(*a or b, c=1, *d, **e, g=2)\nf(a := 1, (x for x in y))",
    "x[1:2, ::3, *a, :]\nx[:]\nx[a := 1]\nx[lambda: 1]",
    "if (n := len(a)) > 10 and not b is not c not in d < e <= f: pass\nelif n := 1: pass\nelse: pass",
    "while x: break\nelse:\n    continue",
    "for x, *y in 1, *z: pass\nelse: pass\nfor a[0], (b.c) in d: pass",
    "try: pass\nexcept (A, B) as e: raise X from e\nexcept: raise\nelse: pass\nfinally: pass",
    "try:\n    pass\nexcept* A: pass\nexcept* B as e: pass",
    "try: pass\nfinally: pass",
    "with a as b, c() as (d, e), f: pass\nwith (a as b, c,): pass\nwith (a): pass\nwith (a, b) as c: pass\nwith (yield): pass",
    "async def f():\n    async with a as b: await c ** -d\n    async for x in y: yield\n    return [await z async for z in q]",
    "def f():\n    global a, b\n    nonlocal c\n    x = yield from g()\n    del a, (b[0], [c.d])\n    assert a, 'b'\n    return",
    "import a.b as c, d\nfrom . import e\nfrom ...f import (g as h, i,)\nfrom .. import *",
    "x = (1 +\n  # a comment\n\n     2)\n\n# another one\nif x: \\\n  y",
    "if x:\n    a\n\n  # set in as it likes\n    b\nelse:\n\tc",
    "x = ()\n() = y\n[] = z\nx = 1,",
    "- + ~ not_ ** - 2\nnot not x",
    "größe = 1\nprint = exec = 2",
    "@a.b[c](d)\n@(yield)\ndef f(): pass",
    "x = *a, *b\nreturn *a, b",
    "...",
];

#[test]
fn what_python_refuses_fails() {
    for code in REFUSED {
        assert!(read(code).is_err(), "{code}");
    }
}

const REFUSED: &[&str] = &[
    "x = = 5",
    "result result",
    "def f(n):\n    return n *",
    "(1 +)",
    "if x == 1 then:\n    pass",
    "print \"hello\"",
    "exec code",
    "x == 1 = 2",
    "import",
    "from x import",
    "from x import (",
    "elif x: pass",
    "else:\n    pass",
    "except A: pass",
    "n factorial is computed here",
    "def factorial(n): the function computes the product",
    "This function computes the factorial.",
    "f() = 1",
    "x + 1 = 2",
    "1 = x",
    "None = 1",
    "'a' = b",
    "x = yield = 1",
    "x++",
    "(a.b := 1)",
    "x = 0x",
    "x = 1a",
    "x = 1e",
    "x = $y",
    "x = y ? 1 : 2",
    "x = “a”",
    "!x",
    "a && b",
    "if x = 1: pass",
    "if x: pass else: pass",
    "if x: if y: pass",
    "for x y in z: pass",
    "for f() in x: pass",
    "for x in: pass",
    "for i = 0; i < 3; i++:\n    pass",
    "while: pass",
    "with a as b c: pass",
    "def f(a.b): pass",
    "def f: pass",
    "def f() -> : pass",
    "def 1f(): pass",
    "def class(): pass",
    "class A(: pass",
    "f(a b)",
    "f(a.b=1)",
    "lambda x y: 1",
    "[x for x in]",
    "[x for in y]",
    "{a: 1, b}",
    "{a, b: 1}",
    "{**a for a in b}",
    "x[]",
    "x[1:2:3:4]",
    "x.",
    "x.1",
    "x..y",
    "async x",
    "del",
    "global",
    "assert",
    "return = 1",
    "pass 1",
    "a not b",
    "a + not b",
    "a if b",
    "a if b else",
    "f'{}'",
    "f'{x'",
    "f'x}'",
    "f'{x y}'",
    "f'{x +}'",
    "f'{x:{y z}}'",
    "'open",
    "'''open",
    "@\ndef f(): pass",
    "@a\nx = 1",
    "@a",
    "match x:\n    pass",
    "x = 1 \\ \ny",
    "x = (1,, 2)",
    ",",
    "; x",
    "x;;",
    ">>> x",
    "1. Multiply the numbers",
    "if x:\n        a\n\tb",
];

#[test]
fn what_is_wrong_has_a_line() {
    for (code, line) in [
        ("def f():\n    return 'open\n", 2),
        ("def f():\n    return 1 ? 2 : 3\n", 2),
        ("def f(:\n    return 1\n", 1),
        ("def f():\n    return (1]\n", 2),
        ("def f():\nreturn 1\n", 1),
        ("def f():\n    x = 1\n      y = 2\n", 2),
        ("def f():\n        x = 1\n    y = 2\n", 1),
        ("def f()\n    return 1\n", 1),
        ("def f():\n    while True:\n", 2),
        ("def f():\n    '''a\n    '''\n    x = = 1", 4),
    ] {
        assert_eq!(check(code), Err(PythonFault::Syntax(line)), "{code}");
    }
    assert_eq!(
        check(&format!("import a\n{}", "x = 1\n".repeat(LONGEST / 6 + 1))),
        Err(PythonFault::NoCode),
        "too long"
    );
}

#[test]
fn nothing_is_too_deep() {
    let nested = |open: &str, close: &str, times: usize| format!("{}1{}", open.repeat(times), close.repeat(times));
    let deep = [
        nested("[", "]", 20_000),
        nested("lambda: ", "", 20_000),
        nested("-", "", 20_000),
        nested("", " if x else 1", 20_000),
    ];
    for code in deep {
        assert_eq!(read(&code), Ok(()));
    }
    assert!(read(&nested("f'{", "}'", 2_000)).is_err());
    assert!(read(&nested("(", "]", 20_000)).is_err());
    let blocks = |depth: usize| (0..depth).flat_map(|n| [" ".repeat(n), "if x:\n".to_owned()]).collect::<String>();
    assert_eq!(read(&format!("{}{}pass", blocks(90), " ".repeat(90))), Ok(()));
    assert!(read(&blocks(200)).is_err());
}

#[test]
fn the_longest_block_is_the_code() {
    assert_eq!(code("```sh\npip install x\n```\n```python\ndef f():\n    pass\n```"), Some("def f():\n    pass\n"));
    assert_eq!(code("``` ```"), None);
    assert_eq!(code("```python\nimport a\n"), Some("import a\n"), "an answer that was cut off");
    assert_eq!(code("````md\n```\nimport a\n```\n````"), Some("```\nimport a\n```\n"));
}

#[test]
fn a_fence_in_a_list_takes_its_margin_along() {
    assert_eq!(check("1. So:\n\n   ```python\n   def f():\n       pass\n\n   f()\n   ```\n"), Ok(()));
    assert_eq!(check("```python\n   def f():\n       pass\n```\n"), Err(PythonFault::Syntax(1)));
    assert_eq!(check("  ```python\n  def f():\n      pass\n x\n  ```"), Ok(()), "less of a margin is none");
}
