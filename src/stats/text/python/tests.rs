use super::*;

#[test]
fn placeholder() {
    for path in std::env::var("PYFILES").unwrap().split(':') {
        let list = std::fs::read_to_string(path).unwrap();
        for file in list.lines() {
            let Ok(text) = std::fs::read_to_string(file) else { continue };
            let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
            let read = (|| {
                let whole = token::of_code(&text, 0)?;
                Parser::new(&whole).module()?;
                let mut fields = whole.fields;
                while let Some(field) = fields.pop() {
                    let inner = token::of_field(field)?;
                    Parser::new(&inner).field()?;
                    fields.extend(inner.fields);
                }
                Ok::<(), Fault>(())
            })();
            println!("{} {file} {read:?}", if read.is_ok() { "OK" } else { "BAD" });
        }
    }
}
