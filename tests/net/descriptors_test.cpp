// What happens when the process has no descriptor left.

#include <functional>

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

/// A process of its own, since the peer needs descriptors too. To be made before the peer, which has threads.
class ClientProcess {
 public:
  /// `run` is given the peer's URL.
  explicit ClientProcess(const std::function<void(const std::string&)>& run) {
    EXPECT_EQ(::pipe(pipe_), 0);
    child_ = ::fork();
    if (child_ != 0) return;
    ::alarm(100);
    std::string url(256, '\0');
    const auto size = ::read(pipe_[0], url.data(), url.size());
    if (size > 0) run(url.substr(0, static_cast<std::size_t>(size)));
    ::_exit(size > 0 && !testing::Test::HasFailure() ? 0 : 1);
  }

  void expect_success(const std::string& url) const {
    EXPECT_EQ(::write(pipe_[1], url.data(), url.size()), static_cast<ssize_t>(url.size()));
    int status = -1;
    EXPECT_EQ(::waitpid(child_, &status, 0), child_);
    EXPECT_EQ(status, 0) << "see above for what failed in the process";
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }

 private:
  int pipe_[2] = {-1, -1};
  pid_t child_ = -1;
};

TEST(Descriptors, CallsShareTheConnectionsForWhichThereAreSome) {
  SKIP_UNDER_SANITIZERS();
  const ClientProcess process([](const std::string& url) {
    const FewDescriptors few(15);
    const auto model = model_at(url, without_retries());
    const Stopwatch watch;
    auto futures = submit_many(model, 60);
    for (auto& future : futures) {
      const auto outcome = ended(future);
      EXPECT_TRUE(outcome) << outcome.error().what();
    }
    EXPECT_LT(cpu_seconds(), watch.seconds() / 2) << "it spins";
  });
  const Peer peer(echo(200ms));
  process.expect_success(peer.url("/v1"));
  EXPECT_GT(peer.peak_in_progress(), 1u);
  EXPECT_LT(peer.connections(), 15u);
}

TEST(Descriptors, WithNoneAtAllACallFailsAndSaysWhy) {
  SKIP_UNDER_SANITIZERS();
  const ClientProcess process([](const std::string& url) {
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
  process.expect_success(peer.url("/v1"));
}

}  // namespace
}  // namespace headway::test
