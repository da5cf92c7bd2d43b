//! Answers of engines as they were recorded or read in their sources, and of strangers that must not be taken for one.

use super::*;

const LLAMA_MODELS: &str = r#"{"models":[{"name":"smollm2"}],"object":"list","data":[{"id":"smollm2","owned_by":"llamacpp","meta":{"n_ctx":2048,"n_ctx_train":8192}}]}"#;

/// The answers of one place, by path: the header `Server`, the body.
type Recorded = &'static [(&'static str, &'static str, &'static str)];

/// One place of each kind, with the answers that tell it.
const CASES: &[(EngineKind, Recorded)] = &[
    (
        EngineKind::LlamaServer,
        &[
            (MODELS, "llama.cpp", LLAMA_MODELS),
            (
                "/props",
                "llama.cpp",
                r#"{"build_info":"b11434-abc","total_slots":2,"default_generation_settings":{"n_ctx":4096}}"#,
            ),
        ],
    ),
    (EngineKind::Llamafile, &[(MODELS, "llamafile/0.9", LLAMA_MODELS)]),
    (EngineKind::LlamaCppPython, &[(MODELS, "uvicorn", r#"{"object":"list","data":[{"id":"m","owned_by":"me"}]}"#)]),
    (
        EngineKind::Ollama,
        &[
            (MODELS, "", r#"{"object":"list","data":[{"id":"llama3.2:1b","owned_by":"library"}]}"#),
            ("/", "", "Ollama is running"),
            ("/api/version", "", r#"{"version":"0.12.1"}"#),
        ],
    ),
    (
        EngineKind::LmStudio,
        &[
            (MODELS, "", r#"{"data":[{"id":"m","owned_by":"organization_owner"}]}"#),
            (
                "/api/v0/models",
                "",
                r#"{"data":[{"id":"m","state":"loaded","compatibility_type":"gguf","loaded_context_length":4096}]}"#,
            ),
        ],
    ),
    (
        EngineKind::Vllm,
        &[
            (MODELS, "uvicorn", r#"{"data":[{"id":"m","owned_by":"vllm","max_model_len":2048}]}"#),
            ("/version", "uvicorn", r#"{"version":"0.11.0"}"#),
        ],
    ),
    (
        EngineKind::Vllm,
        &[
            (MODELS, "uvicorn", r#"{"data":[{"id":"m","owned_by":"somebody"}]}"#),
            ("/version", "uvicorn", r#"{"version":"0.11.0"}"#),
        ],
    ),
    (EngineKind::Sglang, &[(MODELS, "uvicorn", r#"{"data":[{"id":"m","owned_by":"sglang"}]}"#)]),
    (
        EngineKind::MistralRs,
        &[(MODELS, "", r#"{"data":[{"id":"default","owned_by":"local"}]}"#), ("/v1/system/info", "", r#"{"cpu":{}}"#)],
    ),
    (
        EngineKind::TransformersServe,
        &[(MODELS, "uvicorn", r#"{"object":"list","data":[]}"#), ("/health", "uvicorn", r#"{"status":"ok"}"#)],
    ),
    (EngineKind::OnnxruntimeGenai, &[(MODELS, "onnxruntime-genai Python/3.11", r#"{"data":[{"id":"m"}]}"#)]),
    (EngineKind::Transformers, &[(MODELS, "transformers Python/3.11", r#"{"data":[{"id":"m"}]}"#)]),
    (
        EngineKind::KoboldCpp,
        &[
            (MODELS, "", r#"{"data":[{"id":"koboldcpp/m","owned_by":"koboldcpp"}]}"#),
            ("/api/extra/version", "", r#"{"result":"KoboldCpp","version":"1.99"}"#),
        ],
    ),
    (
        EngineKind::LocalAi,
        &[
            (MODELS, "", r#"{"data":[{"id":"m","object":"model"}]}"#),
            ("/system", "", r#"{"backends":["llama-cpp"],"loaded_models":[]}"#),
            ("/version", "", r#"{"version":"v3.1.0"}"#),
        ],
    ),
    (
        EngineKind::Shimmy,
        &[
            (MODELS, "", r#"{"data":[{"id":"m","owned_by":"shimmy"}]}"#),
            ("/health", "", r#"{"service":"shimmy","version":"2.5.0"}"#),
        ],
    ),
    (
        EngineKind::Mlx,
        &[(MODELS, "BaseHTTP/0.6 Python/3.12", r#"{"data":[{"id":"mlx-community/m-4bit","object":"model"}]}"#)],
    ),
    (EngineKind::EdgeLlm, &[(MODELS, "", r#"{"data":[{"id":"default","object":"model"}]}"#)]),
    (EngineKind::SmallMind, &[(MODELS, "Kestrel", r#"{"data":[{"id":"m","owned_by":"smallmind"}]}"#)]),
    (EngineKind::Simulator, &[(MODELS, "speed-kings-simulator/0.1.0", r#"{"data":[{"id":"cerebras"}]}"#)]),
    (EngineKind::OpenAiCompatible, &[(MODELS, "nginx", r#"{"data":[{"id":"m"}]}"#)]),
];

/// Asks a recorded place until nothing is left to ask; what it turns out to be, and the questions that it took.
fn ask(recorded: Recorded) -> (Option<EngineFacts>, Vec<&'static str>) {
    let (mut answers, mut asked) = (EngineAnswers::default(), Vec::new());
    while let Some(path) = answers.next_question() {
        assert!(!asked.contains(&path), "{path} was asked twice");
        asked.push(path);
        let found = recorded.iter().find(|(known, ..)| *known == path);
        let headers =
            |server: &str| vec![("server".to_owned(), server.to_owned()), ("x-request-id".to_owned(), "1".to_owned())];
        let answer = found.map(|(_, server, body)| LocalAnswer {
            status: 200,
            headers: headers(server),
            body: body.as_bytes().to_vec(),
        });
        let refused = || LocalAnswer { status: 404, headers: Vec::new(), body: b"{}".to_vec() };
        answers.take(path, answer.or_else(|| (!recorded.is_empty()).then(refused)));
    }
    (answers.facts(), asked)
}

#[test]
fn engines_are_told_by_their_answers() {
    for (kind, recorded) in CASES {
        let (facts, asked) = ask(recorded);
        assert_eq!(facts.map(|facts| facts.kind), Some(*kind), "{asked:?}");
    }
    let told: std::collections::BTreeSet<_> = CASES.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(told.len(), EngineKind::ALL.len(), "every kind has a case");
}

#[test]
fn what_they_say_of_themselves_is_kept() {
    let (facts, asked) = ask(&[
        (MODELS, "llama.cpp", LLAMA_MODELS),
        (
            "/props",
            "llama.cpp",
            r#"{"build_info":"b11434-abc\u001b[31m","total_slots":2,"default_generation_settings":{"n_ctx":4096}}"#,
        ),
    ]);
    let facts = facts.unwrap();
    assert_eq!((facts.context, facts.slots, facts.models), (Some(4096), Some(2), vec!["smollm2".to_owned()]));
    assert!(facts.version.unwrap().starts_with("b11434-abc"));
    assert_eq!(asked, [MODELS, "/props"]);
    let (facts, _) = ask(&[(MODELS, "llama.cpp", LLAMA_MODELS)]);
    assert_eq!(facts.unwrap().context, Some(2048), "out of the list of models");
}

#[test]
fn strangers_are_asked_little_and_taken_for_nothing() {
    let (facts, asked) = ask(&[]);
    assert_eq!((facts, asked), (None, vec![MODELS]), "nobody listens");
    for page in ["<html>hello</html>", "{}", r#"{"data":"none"}"#, "[1,2]"] {
        let page: &'static str = page;
        let place: Recorded = Box::leak(Box::new([(MODELS, "nginx", page), (ROOT, "nginx", page)]));
        let (facts, asked) = ask(place);
        assert_eq!((facts, asked), (None, vec![MODELS, ROOT]), "{page}");
    }
}
