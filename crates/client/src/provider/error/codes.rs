//! The codes by which providers tell the kind of an error: `code`, `type`, `reason` and the like.
//! They are compared without case and punctuation, because one code is written in many ways.

use speed_kings_core::race::event::FailureKind;

use FailureKind::{Auth, ContentFilter, Forbidden, NotFound, Payment, RateLimited, TooLarge};

/// Codes that mean one thing wherever they come from, without case and punctuation: `code`, `type`, `reason` and the like.
const CODES: &[(FailureKind, &[&str])] = &[
    (
        NotFound,
        &[
            "modelnotfound",
            "modelnotfounderror",
            "modelnotexist",
            "modeldoesnotexist",
            "modeldecommissioned",
            "modeldeprecated",
            "modelnotavailable",
            "modelnotsupported",
            "modelunavailable",
            "invalidmodel",
            "invalidmodelid",
            "unknownmodel",
            "deploymentnotfound",
            "resourcenotfounderror",
            "invalidendpointormodelnotfound",
            "unknownurl",
            "1211",
            "1222",
            "20012",
        ],
    ),
    (
        Payment,
        &[
            "minimax1008",
            "insufficientquota",
            "exceededcurrentquotaerror",
            "insufficientbalance",
            "insufficientbalanceerror",
            "insufficientcredits",
            "insufficientfunds",
            "arrearage",
            "accountoverdueerror",
            "billingnotactive",
            "billinghardlimitreached",
            "billingerror",
            "paymentrequired",
            "paymentrequirederror",
            "creditsexhausted",
            "outofcredits",
            "nocredits",
            "allocationquotafreetieronly",
            "accessterminatederror",
            "1113",
            "1309",
            "30001",
        ],
    ),
    (
        TooLarge,
        &[
            "contextlengthexceeded",
            "exceedcontextsizeerror",
            "contextwindowexceeded",
            "contextsizeexceeded",
            "stringabovemaxlength",
            "prompttoolong",
            "inputtoolong",
            "requesttoolarge",
            "tokenslimitreached",
            "modelmaxpromptlengthexceeded",
            "1261",
            "3051",
        ],
    ),
    (
        RateLimited,
        &[
            "minimax1002",
            "minimax1039",
            "minimax1041",
            "minimax2056",
            "ratelimit",
            "ratelimited",
            "ratelimiterror",
            "ratelimitexceeded",
            "ratelimitreached",
            "ratelimitreachederror",
            "ratelimitexceedederror",
            "toomanyrequests",
            "toomanyrequestserror",
            "toomanytokenserror",
            "requestquotaexceeded",
            "tokenquotaexceeded",
            "queueexceeded",
            "limitrequests",
            "limitburstrate",
            "throttling",
            "throttlingratequota",
            "throttlingallocationquota",
            "throttlingexception",
            "requestbursttoofast",
            "servicetiercapacityexceeded",
            "engineoverloadederror",
            "1302",
            "1303",
            "1304",
            "1305",
            "1308",
            "1310",
            "3505",
        ],
    ),
    (
        Auth,
        &[
            "minimax1004",
            "minimax2049",
            "invalidapikey",
            "apikeyinvalid",
            "incorrectapikey",
            "incorrectapikeyerror",
            "wrongapikey",
            "missingapikey",
            "noapikey",
            "invalidkey",
            "invalidtoken",
            "authenticationerror",
            "authenticationfailed",
            "invalidauthentication",
            "invalidauthenticationerror",
            "unauthenticated",
            "unauthorized",
            "unauthorizederror",
            "expiredapikey",
            "apikeyexpired",
            "1000",
            "1001",
            "1002",
            "1003",
            "1004",
        ],
    ),
    (
        ContentFilter,
        &[
            "minimax1026",
            "minimax1027",
            "contentfilter",
            "contentfiltered",
            "contentpolicyviolation",
            "contentpolicyviolationerror",
            "responsibleaipolicyviolation",
            "datainspectionfailed",
            "contentmoderation",
            "moderationblocked",
            "invalidprompt",
            "sensitivecontentdetected",
            "inputtextsensitivecontentdetected",
            "outputtextsensitivecontentdetected",
            "contentfiltererror",
            "1301",
        ],
    ),
    (
        Forbidden,
        &[
            "unsupportedcountryregionterritory",
            "modeltermsrequired",
            "organizationrestricted",
            "modelpermissionblockedorg",
            "modelpermissionblockedproject",
            "permissionerror",
            "1112",
            "1220",
            "1311",
        ],
    ),
];

/// By the codes, if one is known; the first stands.
pub(super) fn by_code(codes: &[String]) -> Option<FailureKind> {
    codes.iter().find_map(|code| {
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        // One provider builds its codes out of the model, what was counted, and this.
        let built = ["ratelimitexceeded", "sensitivecontentdetected"].iter().find(|end| code.ends_with(*end));
        let code = built.map_or(code.as_str(), |end| *end);
        CODES.iter().find(|(_, codes)| codes.contains(&code)).map(|(kind, _)| *kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_table_is_found_and_stands_once() {
        let all: Vec<&str> = CODES.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
        for (kind, codes) in CODES {
            for code in *codes {
                assert_eq!(by_code(&["odd".into(), (*code).to_owned()]), Some(*kind), "{code}");
                assert_eq!(all.iter().filter(|other| *other == code).count(), 1, "{code}");
                assert!(code.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit()), "{code}");
            }
        }
        assert_eq!(by_code(&["Invalid-API_Key".into()]), Some(Auth));
        assert_eq!(by_code(&["ModelAccountTpmRateLimitExceeded".into()]), Some(RateLimited));
        assert_eq!(by_code(&["invalid_request_error".into(), "429".into()]), None, "that says nothing");
    }
}
