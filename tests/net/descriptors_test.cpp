// What happens when the process has no descriptor left.

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model_at.hpp"

// Sanitizers need descriptors themselves: for a pipe, to look at an object's type; for their symbolizer, without which
// they know no suppressions.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SKIP_UNDER_SANITIZERS() GTEST_SKIP() << "the sanitizer needs descriptors itself"
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SKIP_UNDER_SANITIZERS() GTEST_SKIP() << "the sanitizer needs descriptors itself"
#endif
#ifndef SKIP_UNDER_SANITIZERS
#define SKIP_UNDER_SANITIZERS() static_cast<void>(0)
#endif

namespace headway::test {
namespace {

using namespace std::chrono_literals;

/// Takes all descriptors that a process may have, but for some.
class FewDescriptors {
 public:
  explicit FewDescriptors(std::size_t left) {
    constexpr rlimit limit{256, 256};
    ::setrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken_.push_back(fd);
    release(left);
  }
  void release(std::size_t count) {
    for (; count > 0; --count) {
      ::close(taken_.back());
      taken_.pop_back();
    }
  }

 private:
  std::vector<int> taken_;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Whether this process stops using the processor, now or soon. One that spins does not, however slow the machine is.
bool comes_to_rest() {
  const Stopwatch watch;
  for (double before = -1; watch.seconds() < soon.count();) {
    const auto used = cpu_seconds();
    if (used - before < 0.01) return true;
    before = used;
    std::this_thread::sleep_for(100ms);
  }
  return false;
}

/// One way between two processes.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe(ends_), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  void tell(const std::string& words) const {
    EXPECT_EQ(::write(ends_[1], words.data(), words.size()), static_cast<ssize_t>(words.size()));
  }
  /// Waits for what is told.
  std::string told() const {
    std::string words(256, '\0');
    words.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends_[0], words.data(), words.size()))));
    return words;
  }

 private:
  int ends_[2] = {-1, -1};
};

/// A process of its own, since the peer needs descriptors too. To be made before the peer, which has threads.
class ClientProcess {
 public:
  /// `run` is given the peer's URL.
  explicit ClientProcess(const std::function<void(const ClientProcess&, const std::string&)>& run) {
    child_ = ::fork();
    if (child_ != 0) return;
    ::alarm(500);
    const auto url = to_child_.told();
    if (!url.empty()) run(*this, url);
    ::_exit(!url.empty() && !testing::Test::HasFailure() ? 0 : 1);
  }

  void start(const std::string& url) const { to_child_.tell(url); }
  /// Lets the process go on that waits for the test, and waits until it tells.
  void let_it_go_on() const {
    to_child_.tell("go on");
    from_child_.told();
  }
  void wait_for_the_test() const { to_child_.told(); }
  void tell_the_test() const { from_child_.tell("done"); }

  void expect_success() const {
    int status = -1;
    EXPECT_EQ(::waitpid(child_, &status, 0), child_);
    EXPECT_EQ(status, 0) << "see above for what failed in the process";
  }

 private:
  Pipe to_child_;
  Pipe from_child_;
  pid_t child_ = -1;
};

TEST(Descriptors, CallsShareTheConnectionsForWhichThereAreSome) {
  SKIP_UNDER_SANITIZERS();
  const ClientProcess process([](const ClientProcess& self, const std::string& url) {
    const FewDescriptors few(15);
    const auto model = model_at(url, without_retries());
    auto futures = submit_many(model, 60);
    self.wait_for_the_test();
    EXPECT_TRUE(comes_to_rest()) << "it spins";
    self.tell_the_test();
    for (auto& future : futures) {
      const auto outcome = ended(future);
      EXPECT_TRUE(outcome) << outcome.error().what();
    }
  });
  std::atomic<bool> released = false;
  const Peer peer([&](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      while (!released && conversation.sleep(2ms)) {
      }
      conversation.send(echo_reply(*request));
    }
  });
  process.start(peer.url("/v1"));
  EXPECT_TRUE(peer.wait_until([&] { return peer.peak_in_progress() > 1; }));
  process.let_it_go_on();
  released = true;
  process.expect_success();
  EXPECT_LT(peer.connections(), 15u);
}

TEST(Descriptors, WithNoneAtAllACallFailsAndSaysWhy) {
  SKIP_UNDER_SANITIZERS();
  const ClientProcess process([](const ClientProcess&, const std::string& url) {
    const Client client(client_options());
    OpenAIOptions options;
    options.api_key = test_key;
    options.base_url = "http://127.0.0.1:" + std::to_string(RefusedPort().port());
    error_of(OpenAI(options, client));  // the client has what its loop needs
    FewDescriptors few(0);
    options.base_url = url;
    const OpenAI model(options, client);
    CallOptions once;
    once.max_retries = 0;
    const auto error = error_of(model, "hello", once);
    EXPECT_EQ(error.kind(), ErrorKind::connect);
    EXPECT_NE(error.info().message.find("ulimit -n"), std::string::npos) << error.what();
    EXPECT_FALSE(error.info().maybe_billed);
    few.release(1);
    EXPECT_EQ(model.invoke("hello"), "echo: hello");
  });
  const Peer peer(echo());
  process.start(peer.url("/v1"));
  process.expect_success();
}

}  // namespace
}  // namespace headway::test
