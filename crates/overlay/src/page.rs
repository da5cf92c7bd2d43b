//! The files of the page. They draw what they are sent and work nothing out.

/// Where the events are.
pub(crate) const EVENTS: &str = "/events";

/// What is at `path`, with its media type.
pub(crate) fn file(path: &str) -> Option<(&'static str, &'static str)> {
    match path {
        "/" => Some(("text/html; charset=utf-8", include_str!("page/page.html"))),
        "/page.js" => Some(("text/javascript; charset=utf-8", include_str!("page/page.js"))),
        "/page.css" => Some(("text/css; charset=utf-8", include_str!("page/page.css"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_no_way_to_make_markup_of_words_or_to_ask_others() {
        let script = file("/page.js").unwrap().1;
        for way in
            ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "fetch(", "http:"]
        {
            assert!(!script.contains(way), "{way}");
        }
        let page = file("/").unwrap().1;
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("://"));
        assert_eq!(page.matches("<script").count(), 1);
        // The browser in OBS is years behind.
        assert!(!file("/page.css").unwrap().1.contains("color-mix"));
        assert!(script.contains(&format!("\"{EVENTS}")));
    }
}
