//! A running server and the two kinds of people who call it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// How long a server may take to start or a request to be answered, on a busy machine: a test that hangs fails.
const PATIENCE: Duration = Duration::from_mins(2);

/// The demo, as a process. Killed when it is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
    client_token: String,
    operator_token: String,
}

impl Server {
    /// Starts the demo on a free port, and waits until it says that it is ready.
    pub(crate) async fn start(data: &Path) -> Self {
        Self::start_by(Self::program(data)).await
    }

    /// The demo on a free port, not yet started.
    pub(crate) fn program(data: &Path) -> Command {
        Self::program_at(Path::new(env!("CARGO_BIN_EXE_tombola")), data)
    }

    /// The same from another file.
    pub(crate) fn program_at(file: &Path, data: &Path) -> Command {
        let mut program = Command::new(file);
        program.args(["demo", "--port", "0", "--json", "--data"]).arg(data);
        program.stdin(Stdio::null()).stdout(Stdio::piped());
        program
    }

    /// Starts what [`program`](Self::program) answered.
    pub(crate) async fn start_by(mut program: Command) -> Self {
        Self::started(program.spawn().unwrap()).await
    }

    /// Starts the demo from a file that is deleted as soon as it runs.
    pub(crate) async fn start_deleted(file: &Path, data: &Path) -> Self {
        let process = Self::program_at(file, data).spawn().unwrap();
        std::fs::remove_file(file).unwrap();
        Self::started(process).await
    }

    /// A host on a database on a server, with the key and the tokens of a demo's folder, which may call this machine without TLS.
    pub(crate) async fn serve_database(data: &Path, database: &str) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_tombola"));
        program.args(["serve", "--listen", "127.0.0.1:0", "--database", database, "--data"]).arg(data);
        program.args(["--http-destination", "crm", "--private-network", "127.0.0.1/32"]);
        let tokens: Value = serde_json::from_slice(&std::fs::read(data.join("tokens.json")).unwrap()).unwrap();
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Self::serve(program, token("client_token"), token("operator_token")).await
    }

    async fn started(mut process: Child) -> Self {
        let stdout = process.stdout.take().unwrap();
        let line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(stdout).read_line(&mut line).map(|_| line)
        });
        let line = tokio::time::timeout(PATIENCE, line).await.expect("the server starts in time").unwrap().unwrap();
        let ready: Value = serde_json::from_str(&line).expect("one line of JSON, once it is ready");
        let text = |field: &str| ready[field].as_str().unwrap().to_owned();
        Self { process, url: text("url"), client_token: text("client_token"), operator_token: text("operator_token") }
    }

    /// A host that is served, rather than the demo, once it listens; the tokens are of its database.
    pub(crate) async fn serve(program: Command, client_token: String, operator_token: String) -> Self {
        Self::try_serve(program, client_token, operator_token).await.expect("it ended before it listened")
    }

    /// The same; `None` where it ended before.
    pub(crate) async fn try_serve(mut program: Command, client_token: String, operator_token: String) -> Option<Self> {
        let mut process = program.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let listening = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            while log.read_line(&mut line).unwrap() > 0 {
                // Why it ends is said in plain words.
                let told: Value = serde_json::from_str(&line).unwrap_or_default();
                if told["message"] == "listening" {
                    // What it tells afterwards must find somebody who reads.
                    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
                    return Some(format!("http://{}", told["address"].as_str().unwrap()));
                }
                line.clear();
            }
            None
        });
        let url = tokio::time::timeout(PATIENCE, listening).await.expect("the host starts in time").unwrap();
        let Some(url) = url else {
            process.wait().unwrap();
            return None;
        };
        Some(Self { process, url, client_token, operator_token })
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.process_id())]).status().unwrap();
        assert!(sent.success());
    }

    /// Whether it answers that it is ready.
    pub(crate) async fn is_ready(&self) -> bool {
        let ready = answer(self.stranger(None).request(Method::GET, "/readyz")).await;
        ready.is_some_and(|(status, _)| status == StatusCode::OK)
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    pub(crate) fn client(&self) -> Caller {
        Caller::new(&self.url, Some(&self.client_token))
    }

    pub(crate) fn operator(&self) -> Caller {
        Caller::new(&self.url, Some(&self.operator_token))
    }

    /// For who speaks HTTP by hand.
    pub(crate) fn operator_token(&self) -> &str {
        &self.operator_token
    }

    /// The program, as an operator of this server runs it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_tombola"));
        program.args(arguments).args(["--url", &self.url, "--token", self.operator_token()]);
        program.output().unwrap()
    }

    /// What it tells them, where it ends well.
    pub(crate) fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn stranger(&self, token: Option<&str>) -> Caller {
        Caller::new(&self.url, token)
    }

    /// The process.
    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// A figure of the process's memory, as the kernel counts it.
    pub(crate) fn memory_bytes(&self, figure: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process_id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(figure)).unwrap();
        let kibibytes: u64 = line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap();
        kibibytes << 10
    }

    /// How many entries a folder of the process's has in `/proc`: `fd` for open files, `task` for threads.
    pub(crate) fn entries(&self, folder: &str) -> usize {
        std::fs::read_dir(format!("/proc/{}/{folder}", self.process_id())).unwrap().count()
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        let ended = async {
            loop {
                if let Some(status) = self.process.try_wait().unwrap() {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.expect("the server ends by itself")
    }

    /// Ends it as a power cut would, as far as the process is concerned.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Someone with a token, or without.
#[derive(Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

/// A key that no other call of this process has.
pub(crate) fn new_key() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("key-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

impl Caller {
    fn new(url: &str, token: Option<&str>) -> Self {
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        Self { http, url: url.to_owned(), token: token.map(str::to_owned) }
    }

    /// The same one, who asks elsewhere.
    pub(crate) fn by_way_of(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(self.request(Method::GET, path)).await.expect("an answer")
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.request(Method::POST, path).header("Idempotency-Key", new_key()).json(body);
        answer(request).await.expect("an answer")
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.request(Method::PUT, path).header("Idempotency-Key", new_key()).json(body);
        answer(request).await.expect("an answer")
    }

    /// One draw. `None` where no answer came.
    pub(crate) async fn try_draw(&self, campaign: &str, player: &str, key: &str) -> Option<(StatusCode, Value)> {
        self.try_draws(campaign, key, &json!({"player": player})).await
    }

    /// What a body asks for. `None` where no answer came.
    pub(crate) async fn try_draws(&self, campaign: &str, key: &str, body: &Value) -> Option<(StatusCode, Value)> {
        let request = self.request(Method::POST, &format!("/v1/campaigns/{campaign}/draws"));
        answer(request.header("Idempotency-Key", key).json(body)).await
    }

    /// A draw as it was answered when it was made: how far what it won is came later.
    pub(crate) async fn drawn(&self, id: &str) -> (StatusCode, Value) {
        let (status, mut draw) = self.get(&format!("/v1/draws/{id}")).await;
        if let Some(members) = draw.as_object_mut() {
            members.remove("award");
        }
        (status, draw)
    }

    pub(crate) async fn draw(&self, campaign: &str, player: &str, key: &str) -> (StatusCode, Value) {
        self.try_draw(campaign, player, key).await.expect("an answer")
    }

    /// Several draws under one key, again where it is answered that they may succeed later.
    pub(crate) async fn draw_many(&self, campaign: &str, player: &str, key: &str, count: u32) -> (StatusCode, Value) {
        loop {
            let wanted = json!({"player": player, "count": count});
            let (status, body) = self.try_draws(campaign, key, &wanted).await.expect("an answer");
            if body["retryable"] != true {
                return (status, body);
            }
        }
    }

    /// Publishes a document and answers the revision's number.
    pub(crate) async fn publish(&self, campaign: &str, document: &str) -> u64 {
        let request = self.request(Method::POST, &format!("/v1/operator/campaigns/{campaign}/revisions"));
        let request = request.header("Idempotency-Key", new_key()).header("Content-Type", "application/yaml");
        let (status, body) = answer(request.body(document.to_owned())).await.expect("an answer");
        assert_eq!(status, StatusCode::CREATED, "{body:#}");
        body["revision"].as_u64().unwrap()
    }

    pub(crate) async fn upload(&self, component: Vec<u8>) -> (StatusCode, Value) {
        let request = self.request(Method::POST, "/v1/operator/modules").header("Idempotency-Key", new_key());
        answer(request.header("Content-Type", "application/wasm").body(component)).await.expect("an answer")
    }
}

/// A token made beside the running server, as an administrator would, for one campaign or for all.
pub(crate) fn make_token(data: &Path, name: &str, role: &str, campaign: Option<&str>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tombola"));
    command.args(["token", "create", "--name", &format!("test-{name}"), "--role", role, "--json", "--data"]).arg(data);
    command.args(campaign.iter().flat_map(|campaign| ["--campaign", campaign]));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    made["token"].as_str().unwrap().to_owned()
}

/// The largest integer that every reader of JSON keeps exactly, also one that holds numbers as doubles.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The answer to a request, or `None` where the connection broke before one came whole. The API's description lists its status,
/// and its numbers are exact in every reader.
pub(crate) async fn answer(request: RequestBuilder) -> Option<(StatusCode, Value)> {
    let (http, request) = request.build_split();
    let request = request.expect("a request that can be made");
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let response = http.execute(request).await.ok()?;
    let status = response.status();
    assert_described(&method, &path, status);
    let text = response.text().await.ok()?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    assert_exact(&body);
    Some((status, body))
}

/// The status is one that the description of the API lists for the call, where there is such a call.
fn assert_described(method: &Method, path: &str, status: StatusCode) {
    static API: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(tombola_http::open_api()).unwrap());
    let is_of = |template: &str| {
        let (asked, described) = (path.split('/'), template.split('/'));
        asked.clone().count() == described.clone().count()
            && asked.zip(described).all(|(asked, part)| part.starts_with('{') || asked == part)
    };
    let calls = API["paths"].as_object().unwrap().iter().find(|(template, _)| is_of(template));
    if let Some(call) = calls.and_then(|(_, calls)| calls.get(method.as_str().to_lowercase())) {
        let is_listed = call["responses"].get(status.as_str()).is_some();
        assert!(is_listed, "{method} {path} answers {status}, which its description does not list");
    }
}

fn assert_exact(body: &Value) {
    match body {
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            assert!(size.is_some_and(|size| size <= INTEGER_MAX), "{number} is not exact in every reader");
        }
        Value::Array(items) => items.iter().for_each(assert_exact),
        Value::Object(members) => members.values().for_each(assert_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
