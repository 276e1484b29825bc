#include "call/key_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <headway/error.hpp>

namespace headway::call {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t most_output = std::size_t{64} << 10;

std::string without_space_around(const std::string& text) {
  constexpr auto blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  return first == text.npos ? std::string() : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string first_line(const std::string& text) {
  constexpr std::size_t longest = 200;
  auto line = without_space_around(text);
  line = line.substr(0, std::min(line.find('\n'), longest));
  std::ranges::replace_if(
      line, [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  return line;
}

/// One end of a pipe, or both.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_writing();
    if (ends_[0] >= 0) ::close(ends_[0]);
  }

  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void close_writing() {
    if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
  }
  /// False at its end.
  bool read_on(std::string& text) {
    std::array<char, 4096> piece;
    const auto count = ::read(ends_[0], piece.data(), piece.size());
    if (count < 0) return errno == EINTR;
    if (text.size() < most_output) text.append(piece.data(), static_cast<std::size_t>(count));
    return count > 0;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// A command that runs in a process group of its own: a Ctrl-C at the terminal is not meant for it.
class Child {
 public:
  Child(const std::string& command, const Pipe& out, const Pipe& err) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out.writing(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err.writing(), STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::array arguments{std::string("sh"), std::string("-c"), command};
    std::array<char*, 4> texts{arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
    fault_ = ::posix_spawn(&pid_, "/bin/sh", &files, &attributes, texts.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { wait(); }

  /// 0: it runs.
  int fault() const { return fault_; }
  void kill() const {
    if (pid_ > 0) ::kill(-pid_, SIGKILL);
  }
  /// It may have closed its output and gone on: whether it ended before that.
  bool ends_before(SteadyClock::time_point end) {
    constexpr auto between_looks = std::chrono::milliseconds(2);
    siginfo_t info{};
    const auto runs = [&] {
      return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
    };
    while (runs()) {
      if (SteadyClock::now() >= end) return false;
      std::this_thread::sleep_for(between_looks);
    }
    return true;
  }
  /// How it ended; empty: well.
  std::string wait() {
    if (fault_ != 0 || pid_ <= 0) return {};
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = 0;
    if (WIFSIGNALED(status)) return fmt::format("ended by signal {}", WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? std::string() : fmt::format("ended with status {}", WEXITSTATUS(status));
  }

 private:
  pid_t pid_ = 0;
  int fault_ = 0;
};

/// Reads both to their ends. False: it took too long, or is not wanted any more.
bool read_all(Pipe& out, Pipe& err, std::string& key, std::string& words, SteadyClock::time_point end, int stop_fd) {
  std::array<pollfd, 3> open{{{out.reading(), POLLIN, 0}, {err.reading(), POLLIN, 0}, {stop_fd, POLLIN, 0}}};
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::now()).count();
    if (left <= 0) return false;
    if (::poll(open.data(), open.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
    if (open[2].revents != 0) return false;
    if (open[0].revents != 0 && !out.read_on(key)) open[0].fd = -1;
    if (open[1].revents != 0 && !err.read_on(words)) open[1].fd = -1;
    if (open[0].fd < 0) open[1].fd = -1;  // what it left running may hold its standard error
  }
  return true;
}

Error failure(std::string what, const std::string& words) {
  const auto said = first_line(words);
  return {ErrorKind::configuration, fmt::format("api_key_command {}{}{}", what, said.empty() ? "" : ": ", said)};
}

}  // namespace

Outcome<std::string> run_key_command(const std::string& command, std::chrono::milliseconds patience, int stop_fd) {
  const auto end = SteadyClock::now() + patience;
  Pipe out, err;
  Child child(command, out, err);
  if (child.fault() != 0) {
    return failure(fmt::format("cannot be run: {}", std::generic_category().message(child.fault())), "");
  }
  out.close_writing();
  err.close_writing();
  std::string text, words;
  const bool whole = read_all(out, err, text, words, end, stop_fd) && child.ends_before(end);
  if (!whole) child.kill();
  const auto how = child.wait();
  if (!whole) return failure("gave no key in time and was ended", words);
  if (!how.empty()) return failure(how, words);
  auto key = without_space_around(text);
  if (key.empty()) return failure("gave no key on its standard output", words);
  const auto is_control = [](unsigned char c) { return c <= ' ' || c >= 0x7F; };
  if (std::ranges::any_of(key, is_control)) return failure("gave more than a key on its standard output", "");
  return key;
}

}  // namespace headway::call
