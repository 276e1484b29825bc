"""The documents: C++ blocks compile, programs run on the real model, commands are accepted, links lead somewhere."""
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from model_server import ModelServer

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]

# What the body of a fragment may use, besides all of headway.
FRAGMENT_HEADERS = ["chrono", "future", "iostream", "ranges", "string", "utility", "vector", "headway/headway.hpp"]
FRAGMENT_PARAMETERS = "headway::OpenAI llm, std::string prompt, std::vector<std::string> prompts"


@dataclass(frozen=True)
class Block:
    document: Path
    line: int  # of the first line inside the fences, from 1
    language: str
    mark: str  # the HTML comment right above, without its dashes
    text: str

    @property
    def place(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"

    @property
    def is_program(self) -> bool:
        return "int main(" in self.text


def blocks_of(document: Path) -> Iterator[Block]:
    mark, language, start, inside = "", "", 0, None
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
        if inside is not None:
            if line.startswith("```"):
                yield Block(document, start, language, mark, "\n".join(inside) + "\n")
                mark, inside = "", None
            else:
                inside.append(line)
        elif line.startswith("```"):
            language, start, inside = line[3:].strip(), number + 1, []
        elif line.strip():
            comment = re.fullmatch(r"<!-- (.*) -->", line)
            mark = comment[1] if comment else ""


BLOCKS = [block for document in DOCUMENTS for block in blocks_of(document)]
CPP = [block for block in BLOCKS if block.language == "cpp"]
LISTINGS = [block for block in CPP if block.is_program and not block.mark.startswith("examples/")]
PROGRAMS = list({block.text: block for block in LISTINGS}.values())  # the languages share them
FRAGMENTS = [block for block in CPP if not block.is_program and block.mark != "fragment"]
COPIES = [block for block in CPP if block.mark.startswith("examples/")]
CONFIGURATIONS = [block for block in BLOCKS if block.language == "toml"]
PAGES = [ROOT / "docs/long-run.md", ROOT / "docs/durability.md"]  # their commands belong together
COMMANDS = [
    (block, line)
    for block in BLOCKS
    if block.document not in PAGES
    for line in block.text.splitlines()
    if block.language == "sh" and re.search(r"(^|\| *)headway ", line)
]


def line_of(block: Block) -> str:
    """Compilers then name the document's own lines."""
    return f'#line {block.line} "{block.document.relative_to(ROOT)}"'


def function_of(fragment: Block, name: str) -> str:
    """The fragment as the body of a function, or of a coroutine."""
    lines = fragment.text.splitlines()
    headers = [line for line in lines if line.startswith("#include")]
    body = ["" if line.startswith("#include") else line for line in lines]
    coroutine = re.search(r"\bco_(await|return|yield)\b", fragment.text)
    return "\n".join([
        *headers,
        f"{'headway::awaitable<void>' if coroutine else 'void'} {name}({FRAGMENT_PARAMETERS}) {{",
        "{",
        line_of(fragment),
        *body,
        "}",
        "co_return;" if coroutine else "",
        "}",
    ])


def cache_of(build_dir: Path) -> dict[str, str]:
    lines = (build_dir / "CMakeCache.txt").read_text().splitlines()
    return {m[1]: m[2] for line in lines if (m := re.fullmatch(r"([A-Za-z0-9_-]+):[A-Z]+=(.*)", line))}


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=1200, **options)


@dataclass
class Snippets:
    """A user's CMake project, in which each program of the documents is a target."""

    build: Path

    def make(self, target: str) -> Path:
        done = run("cmake", "--build", self.build, "--target", target)
        assert done.returncode == 0, done.stdout + done.stderr
        return self.build / target


def target_of(block: Block) -> str:
    return "at_" + re.sub(r"\W", "_", block.place)


@pytest.fixture(scope="session")
def snippets(build_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Snippets:
    work = tmp_path_factory.mktemp("documents")
    sources = {target_of(program): f"{line_of(program)}\n{program.text}" for program in PROGRAMS}
    sources["fragments"] = "\n".join([
        *(f"#include <{header}>" for header in FRAGMENT_HEADERS),
        *(function_of(fragment, f"fragment_{number}") for number, fragment in enumerate(FRAGMENTS)),
        "int main() {}",
    ])
    project = [
        "cmake_minimum_required(VERSION 3.25)",
        "project(documents LANGUAGES CXX)",
        "find_package(headway REQUIRED)",
        "link_libraries(headway::config headway::headway)",
    ]
    for target, text in sources.items():
        (work / f"{target}.cpp").write_text(text, encoding="utf-8")
        project.append(f"add_executable({target} {target}.cpp)")
    (work / "CMakeLists.txt").write_text("\n".join(project) + "\n")

    installed = run("cmake", "--install", build_dir, "--prefix", work / "prefix")
    assert installed.returncode == 0, installed.stderr
    cache = cache_of(build_dir)
    kind = cache.get("CMAKE_BUILD_TYPE", "")
    same = ["CMAKE_BUILD_TYPE", "CMAKE_CXX_COMPILER", "CMAKE_CXX_COMPILER_LAUNCHER", "CMAKE_CXX_FLAGS",
            f"CMAKE_CXX_FLAGS_{kind.upper()}", "CMAKE_EXE_LINKER_FLAGS"]
    configured = run("cmake", "-S", work, "-B", work / "build", "-G", cache["CMAKE_GENERATOR"],
                     f"-DCMAKE_PREFIX_PATH={work / 'prefix'}",
                     *(f"-D{name}={cache[name]}" for name in same if cache.get(name)))
    assert configured.returncode == 0, configured.stdout + configured.stderr
    return Snippets(work / "build")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.place)
def test_a_program_compiles_and_runs(program: Block, snippets: Snippets, model: ModelServer) -> None:
    done = run(snippets.make(target_of(program)), env=model.environment())
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_fragments_compile(snippets: Snippets) -> None:
    assert len(FRAGMENTS) > 5
    snippets.make("fragments")


@pytest.mark.parametrize("copy", COPIES, ids=lambda copy: copy.place)
def test_a_listing_is_the_example_it_says_it_is(copy: Block) -> None:
    example = (ROOT / copy.mark).read_text(encoding="utf-8")
    assert copy.text == re.sub(r"\A(//.*\n)+\n", "", example)  # less its first comment


def keys_of(configuration: Block) -> dict[str, str]:
    return {name: "sk-of-a-test" for name in re.findall(r'^api_key_env = "(\w+)"', configuration.text, re.MULTILINE)}


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda block: block.place)
def test_a_configuration_is_read(configuration: Block, build_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "headway.toml"
    file.write_text(configuration.text, encoding="utf-8")
    done = run(build_dir / "bin/headway", "config", file, env=keys_of(configuration))
    assert done.returncode == 0, done.stderr
    for url in re.findall(r'^base_url = "(.*)"', configuration.text, re.MULTILINE):
        assert url in done.stdout.splitlines() or f"{url} (fallback)" in done.stdout.splitlines()
    assert "sk-of-a-test" not in done.stdout


def keys_described() -> set[str]:
    """In the first columns of the tables of the page on the configuration."""
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "docs/configuration.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {key for row in rows for key in re.findall(r"`(\w+)`", row)}


def test_every_key_of_a_configuration_is_described() -> None:
    asked = r'section\.(?:number|whole_number|seconds|whole_seconds|share|text|url|path|flag|table|tables)\("(\w+)"'
    sources = [ROOT / "src/config" / name for name in ("config_file.cpp", "endpoint_reader.cpp")]
    keys = {key for source in sources for key in re.findall(asked, source.read_text(encoding="utf-8"))}
    assert keys - {"endpoints", "connect", "first_byte", "idle", "total"} == keys_described()


@pytest.mark.parametrize(("block", "line"), COMMANDS, ids=[line for _, line in COMMANDS])
def test_a_command_is_accepted(block: Block, line: str, build_dir: Path, model: ModelServer, tmp_path: Path) -> None:
    environment = model.environment(**keys_of(CONFIGURATIONS[0]))
    environment["PATH"] = f"{build_dir / 'bin'}:{environment['PATH']}"
    (tmp_path / "headway.toml").write_text(CONFIGURATIONS[0].text, encoding="utf-8")
    (tmp_path / "prompts.jsonl").write_text('{"prompt": "Hello how are you?"}\n', encoding="utf-8")
    done = run("bash", "-c", line, env=environment, cwd=tmp_path)
    assert done.returncode in (0, 1), f"{block.place}: {done.stderr}"  # 1: nobody answers at its address
    assert "Run with --help" not in done.stderr


def said_by(text: str) -> str:
    """Less what differs from run to run: numbers, and blanks that depend on them."""
    return " ".join(re.sub(r"[\d.,]*\d", "#", text).split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_runs_from_top_to_bottom(page: Path, build_dir: Path, model: ModelServer, tmp_path: Path) -> None:
    """Each block of commands ends with status 0, or as "exit N" above it says; below "output" stands what it prints."""
    environment = model.environment()
    environment["PATH"] = f"{build_dir / 'bin'}:{environment['PATH']}"
    printed = ""
    for block in blocks_of(page):
        if block.language == "sh":
            status = int(block.mark.removeprefix("exit ")) if block.mark.startswith("exit ") else 0
            done = run("bash", "-c", block.text, env=environment, cwd=tmp_path)
            printed = done.stdout + done.stderr
            assert done.returncode == status, f"{block.place}: {printed}"
        elif block.mark == "output":
            assert said_by(block.text) in said_by(printed), block.place


def anchors_of(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        file = document.parent / path if path else document
        assert file.exists(), target
        assert not anchor or anchor in anchors_of(file), target


def test_every_kind_of_error_is_explained() -> None:
    header = (ROOT / "include/headway/error.hpp").read_text()
    kinds = re.findall(r"^  (\w+),", header.split("enum class ErrorKind {")[1].split("};")[0], re.MULTILINE)
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    assert kinds and rows[: len(kinds)] == kinds


class Provider:
    """An endpoint that gives one answer to all."""

    def __init__(self, status: int, body: str, tls: ssl.SSLContext | None = None, **headers: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.host = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Provider":
        threading.Thread(target=self._server.serve_forever).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def error_with(code: str) -> str:
    return f'{{"error": {{"message": "the provider\'s words", "code": "{code}"}}}}'


@pytest.mark.parametrize(
    ("status", "code", "headers"),
    [
        (401, "invalid_api_key", {}),
        (404, "model_not_found", {}),
        (429, "insufficient_quota", {}),
        (429, "rate_limit_exceeded", {"retry_after_ms": "1"}),
        (429, "rate_limit_exceeded", {"retry_after": "600"}),
    ],
)
def test_the_japanese_readme_quotes_refusals(status: int, code: str, headers: dict[str, str], build_dir: Path) -> None:
    with Provider(status, error_with(code), **headers) as provider:
        environment = {"OPENAI_BASE_URL": f"http://{provider.host}/v1", "OPENAI_API_KEY": "sk-of-a-test"}
        ask = [build_dir / "bin/headway", "ask", "--completions", "--max-wait", "1", "Hello how are you?"]
        done = run(*ask, env=environment)
    assert done.returncode == 1
    quotes_in_japanese(done.stderr.replace(provider.host, "api.openai.com").replace("waited 1 s", "waited 20 s"))


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="no key"),
        pytest.param({"OPENAI_BASE_URL": "http://127.0.0.1:8080/v1"}, id="no model"),
        pytest.param({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "HEADWAY_MODEL": "m"}, id="no server"),
    ],
)
def test_the_japanese_readme_quotes_what_is_wrong_here(environment: dict[str, str], build_dir: Path) -> None:
    done = run(build_dir / "bin/headway", "ask", "Hello how are you?", env=environment)
    assert done.returncode != 0
    quotes_in_japanese(done.stderr.replace("127.0.0.1:9", "127.0.0.1:8080"))


def test_the_japanese_readme_quotes_a_refused_certificate(build_dir: Path, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", key,
               "-out", certificate, "-addext", "subjectAltName=DNS:localhost")
    assert made.returncode == 0, made.stderr
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with Provider(200, "{}", tls=tls) as provider:
        host = provider.host.replace("127.0.0.1", "localhost")
        environment = {"OPENAI_BASE_URL": f"https://{host}/v1", "HEADWAY_MODEL": "m"}
        done = run(build_dir / "bin/headway", "ask", "Hello how are you?", env=environment)
    assert done.returncode == 1
    quotes_in_japanese(done.stderr.replace(host, "llm.example.com:443"))


def quotes_in_japanese(message: str) -> None:
    """The document must hold headway's own words: what comes before the provider's and before the brackets."""
    words = re.split(r':? "| \((?:HTTP|at) ', message.strip().removeprefix("headway: "))[0]
    assert words in (ROOT / "README.ja.md").read_text(encoding="utf-8").splitlines()
