// Runs a command and writes what the operating system says it cost. A small program, because a process inherits the
// peak memory of the one that started it.
//
//   measure FIGURES SECONDS COMMAND [ARGUMENT...]
//
// FIGURES is the file that gets one JSON object. After SECONDS the command and all it started are killed.

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

[[noreturn]] void become(char** command) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvp(command[0], command);
  std::perror(command[0]);
  _exit(127);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return std::fputs("usage: measure FIGURES SECONDS COMMAND [ARGUMENT...]\n", stderr), 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ended, nullptr);

  const auto began = std::chrono::steady_clock::now();
  const auto child = fork();
  if (child < 0) return std::perror("fork"), 1;
  if (child == 0) become(argv + 3);
  const timespec limit{std::atol(argv[2]), 0};
  const bool timed_out = sigtimedwait(&ended, nullptr, &limit) < 0;
  if (timed_out) kill(-child, SIGKILL);
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;

  auto* const figures = std::fopen(argv[1], "w");
  if (!figures) return std::perror(argv[1]), 1;
  std::fprintf(
      figures, "{\"exit\": %d, \"timed_out\": %s, \"process_wall_s\": %.6f, \"cpu_s\": %.6f, \"peak_mb\": %.3f}\n",
      WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), timed_out ? "true" : "false", wall.count(),
      seconds(usage.ru_utime) + seconds(usage.ru_stime), static_cast<double>(usage.ru_maxrss) / 1024);
  return std::fclose(figures) == 0 ? 0 : 1;
}
