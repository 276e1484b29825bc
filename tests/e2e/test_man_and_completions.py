"""The manual page and the shells' completions: what --help tells, in another form."""
import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest

SHELLS = ["bash", "zsh", "fish"]
COMMANDS = ["", "run", "status", "failures", "retry", "ask", "models", "bench", "config"]


def output_of(*command: object, text: str = "") -> str:
    return subprocess.run([*map(str, command)], input=text, capture_output=True, text=True, timeout=60, check=True).stdout


def flags_of(help_text: str) -> set[str]:
    """The flags of --help: those at a line's beginning."""
    heads = re.findall(r"^  (-[-\w,]+)", help_text, re.MULTILINE)
    return {name for head in heads for name in head.split(",")}


@pytest.fixture
def program(build_dir: Path) -> Path:
    return build_dir / "bin" / "headway"


def completions(program: Path, shell: str) -> str:
    return output_of(program, "completions", shell)


def section_of(page: str, command: str) -> str:
    """The rendered page's part about a command, or about the program itself."""
    return re.split(r"^   \S", page.split(f"\n   {command}\n")[1], maxsplit=1, flags=re.M)[0] if command else page


def test_all_commands_are_known_here(program: Path) -> None:
    told = output_of(program, "--help").split("Subcommands:\n")[1]
    assert re.findall(r"^  (\w+)  ", told, re.MULTILINE) == COMMANDS[1:]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_has_every_flag(program: Path, command: str) -> None:
    page = output_of("mandoc", "-T", "ascii", text=output_of(program, "man"))
    page = re.sub(r".\x08", "", page)
    flags = flags_of(output_of(program, *command.split(), "--help"))
    heads = re.findall(r"^       (-.*)$", section_of(page, command), re.MULTILINE)
    assert {"-h", "--help"} <= flags <= {name for head in heads for name in re.findall(r"(?<!\w)--?[a-z][-\w]*", head)}


def test_the_page_has_nothing_that_man_complains_of(program: Path) -> None:
    page = output_of(program, "man")
    groff = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z"], input=page, capture_output=True, text=True, timeout=60, check=True
    )
    assert groff.stderr == ""
    mandoc = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning"], input=page, capture_output=True, text=True, timeout=60
    )
    # It has no date: the same sources give the same page.
    assert [line for line in mandoc.stdout.splitlines() if "missing date" not in line] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_bash_offers_every_flag(program: Path, command: str) -> None:
    words = ["headway", *command.split(), "-"]
    script = completions(program, "bash") + f"\nCOMP_WORDS=({' '.join(words)}) COMP_CWORD={len(words) - 1}\n_headway\n"
    offered = output_of("bash", "--norc", "-c", script + 'printf "%s\\n" "${COMPREPLY[@]}"').split()
    assert set(offered) == flags_of(output_of(program, *command.split(), "--help"))


@pytest.mark.parametrize("command", COMMANDS)
def test_fish_offers_every_flag(program: Path, command: str, tmp_path: Path) -> None:
    (tmp_path / "headway.fish").write_text(completions(program, "fish"))
    offered = set()
    for begin in ("-", "--"):
        line = " ".join(["headway", *command.split(), begin])
        told = output_of("fish", "--no-config", "-c", f"source {tmp_path}/headway.fish; complete -C '{line}'")
        offered |= {each.split("\t")[0] for each in told.splitlines()}
    assert offered == flags_of(output_of(program, *command.split(), "--help"))


@pytest.mark.parametrize("command", COMMANDS[1:])
def test_zsh_has_every_flag(program: Path, command: str) -> None:
    told = completions(program, "zsh").split(f"\n  {command}) _arguments")[1].split(" ;;\n")[0]
    specified = set(re.findall(r"^    '(?:\*|\([^)]*\))(--?[a-z][-\w]*)", told, re.MULTILINE))
    assert specified == flags_of(output_of(program, command, "--help"))


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, *command: str, **environment: str) -> None:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.execvpe(command[0], command, os.environ | {"TERM": "dumb"} | environment)

    def until(self, pattern: str, patience_s: float = 60) -> "re.Match[str]":
        """What it has written, when that has the pattern."""
        written, deadline = "", time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if select.select([self._terminal], [], [], 0.1)[0]:
                written += os.read(self._terminal, 65536).decode(errors="replace")
            if found := re.search(pattern, written):
                return found
        raise AssertionError(f"no {pattern!r} in {written!r}")

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def close(self) -> None:
        os.close(self._terminal)
        os.waitpid(self._pid, 0)


# The shell's program that is completed only tells what it was given.
PREPARE = {
    "bash": "PS1='%% '; headway() { printf '<%s>' \"$@\" END; echo; }; source ./headway.bash; echo READY\n",
    "zsh": "PS1='%%%% '; autoload -Uz compinit; compinit -u -D; headway() { printf '<%s>' \"$@\" END; echo; }; "
           "source ./headway.zsh; echo READY\n",
    "fish": "function headway; printf '<%s>' $argv END; echo; end; source ./headway.fish; echo READY\n",
}  # fmt: skip
START = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"], "fish": ["fish", "--no-config", "-i"]}


@pytest.mark.parametrize("typed,whole", [
    ("headway ru\t", "<run>"),
    ("headway run --max-to\t", "<run><--max-tokens>"),
    ("headway run --http au\t", "<run><--http><auto>"),
    ("headway run --input-format=li\t", "<run><--input-format=lines>"),
    ("headway run -o some-f\t", "<run><-o><some-file.jsonl>"),
    ("headway run some-f\t", "<run><some-file.jsonl>"),
    ("headway status some-f\t", "<status><some-file.jsonl>"),
])  # fmt: skip
@pytest.mark.parametrize("shell", SHELLS)
def test_it_completes_on_a_terminal(program: Path, shell: str, typed: str, whole: str, tmp_path: Path) -> None:
    (tmp_path / f"headway.{shell}").write_text(completions(program, shell))
    (tmp_path / "some-file.jsonl").touch()
    terminal = Terminal("env", "-C", str(tmp_path), *START[shell], HOME=str(tmp_path))
    try:
        terminal.type(PREPARE[shell])
        terminal.until(r"(?<!echo )READY\r?\n")
        terminal.type(typed)
        terminal.type("\n")
        told = terminal.until(r"((?:<[^<>]*>)+)<END>").group(1)
    finally:
        terminal.close()
    assert told.replace("=>", ">") == whole
