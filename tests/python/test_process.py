"""The process around the calls: signals, forks, the interpreter's end, memory."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import environment
from peer import HANG_S, Peer

PROLOGUE = "import asyncio, os, signal, sys, threading, time, headway\nllm = headway.OpenAI()\n"


def interrupted(peer: Peer, text: str) -> subprocess.CompletedProcess[str]:
    """Runs it, sends Ctrl-C when its call is there, and gives how it ended."""
    program = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", PROLOGUE + text], env=environment(peer.base_url),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    peer.wait_for(lambda: peer.held > 0 or peer.sent > 0)
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=HANG_S)
    return subprocess.CompletedProcess(program.args, program.returncode, out, err)


@pytest.mark.parametrize(
    "call",
    [
        "llm.invoke('HOLD')",
        "llm.batch(['HOLD'] * 5)",
        "list(llm.batch_as_completed(['HOLD'] * 5))",
        "list(llm.stream('HOLD'))",
        "asyncio.run(llm.ainvoke('HOLD'))",
    ],
)
def test_ctrl_c_interrupts_and_cancels(peer: Peer, call: str) -> None:
    text = f"try: {call}\nexcept KeyboardInterrupt: print('interrupted'); print(llm.invoke('again'))"
    ended = interrupted(peer, text)
    assert ended.stdout == "interrupted\nYou said: again\n" and ended.returncode == 0, ended.stderr
    peer.wait_for(lambda: peer.held == 0 and peer.dropped > 0)


def test_a_signal_handler_runs_and_the_call_goes_on(script: Any) -> None:
    done = script(
        PROLOGUE + "signal.signal(signal.SIGALRM, lambda *_: print('alarm'))\nsignal.setitimer(signal.ITIMER_REAL, 0.2)\n"
        "try: llm.invoke('HOLD', timeout=1, max_retries=0)\nexcept headway.APITimeoutError: print('timeout')"
    )
    assert done.stdout == "alarm\ntimeout\n" and done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "left",
    [
        "threading.Thread(target=llm.invoke, args=('HOLD',), daemon=True).start(); time.sleep(0.3)",
        "[threading.Thread(target=llm.invoke, args=('HOLD',), daemon=True).start() for _ in range(100)]; time.sleep(0.3)",
        "stream = llm.stream('ENDLESS'); next(stream)",
        "batch = llm.batch_as_completed(['x', 'HOLD']); next(batch)",
        "loop = asyncio.new_event_loop(); task = loop.create_task(llm.ainvoke('HOLD'))\n"
        "loop.run_until_complete(asyncio.sleep(0.3)); task._log_destroy_pending = False",
        "client = headway.Client(); other = headway.OpenAI(client=client); other.invoke('x')",
        "answer = llm.invoke('x'); llm.client.close()",
        "threading.Thread(target=lambda: [llm.invoke('x') for _ in range(10**9)], daemon=True).start(); time.sleep(0.2)",
    ],
)
def test_the_interpreter_ends_whatever_is_left(script: Any, left: str) -> None:
    done = script(PROLOGUE + left + "\nprint('end')")
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_a_fork_has_a_fresh_engine(script: Any) -> None:
    done = script(
        PROLOGUE + """
print(llm.invoke("parent"), flush=True)
held = threading.Thread(target=llm.invoke, args=("HOLD",), daemon=True)
held.start()
time.sleep(0.2)
child = os.fork()
if child == 0:
    print(llm.invoke("child"), asyncio.run(llm.ainvoke("loop")), len(list(llm.stream("STREAM 2"))), flush=True)
    sys.exit()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), llm.invoke("parent again"), held.is_alive())
"""
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "You said: parent", "You said: child You said: loop 3", "0 You said: parent again True",
    ]  # fmt: skip


def test_what_was_begun_before_a_fork_is_a_clear_error(script: Any) -> None:
    done = script(
        PROLOGUE + """
stream = llm.stream("STREAM 9")
next(stream)
batch = llm.batch_as_completed(["a", "HOLD"])
next(batch)
child = os.fork()
if child == 0:
    try: list(batch)
    except headway.ConfigurationError as error: print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(len(list(stream)))
"""
    )
    assert "fork" in done.stdout and done.stdout.endswith("9\n") and done.returncode == 0, done.stdout + done.stderr


def test_multiprocessing(peer: Peer, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing, headway\nllm = headway.OpenAI()\n"
        "def ask(prompt): return llm.invoke(prompt)\n"
        "if __name__ == '__main__':\n"
        "    llm.invoke('first')\n"
        "    with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(ask, ['a', 'b']))\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)], env=environment(peer.base_url), capture_output=True, text=True, timeout=HANG_S
    )
    assert done.stdout == "['You said: a', 'You said: b']\n", done.stderr


def test_nothing_leaks(script: Any) -> None:
    done = script(
        PROLOGUE + """
import gc, resource

def memory():
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1e6

async def calls(count):
    for _ in range(count // 500):
        await asyncio.gather(*[llm.ainvoke("x") for _ in range(440)],
                             *[llm.ainvoke("STATUS 400") for _ in range(10)], return_exceptions=True)
        await llm.abatch(["x"] * 50)

total = int(sys.argv[1])
asyncio.run(calls(total // 5))
before, objects = memory(), len(gc.get_objects())
asyncio.run(calls(total))
print(memory() - before, len(gc.get_objects()) - objects)
""",
        "20000" if "ASAN_OPTIONS" in os.environ else "100000",  # a call costs eight times as much there
    )
    assert done.returncode == 0, done.stderr
    megabytes, objects = map(float, done.stdout.split())
    assert megabytes < 4 and objects < 1000, done.stdout
