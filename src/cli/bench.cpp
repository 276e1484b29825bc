#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fmt/format.h>

#include <headway/client.hpp>

#include "bench_load.hpp"
#include "bench_report.hpp"
#include "command.hpp"
#include "job/report/say.hpp"
#include "process_usage.hpp"

namespace headway::cli {
namespace {

namespace asio = boost::asio;

struct BenchFlags : BenchOptions {
  std::string api = "completions";
  std::string http_name = "auto";
  std::optional<double> duration_s;
};

std::optional<HttpVersion> http_version(const std::string& name) {
  if (name == "1.1") return HttpVersion::http_1_1;
  if (name == "2") return HttpVersion::http_2;
  return std::nullopt;
}

// A call in flight over HTTP/1.1 has a connection of its own: the client must not be what limits the load.
ClientOptions client_options(const BenchOptions& options) {
  auto model = options.model;
  auto client = options.endpoint.client_for(model);
  if (options.http) client.http = *options.http;
  client.max_connections = options.rate ? 0 : options.threads.value_or(options.in_flight);
  return client;
}

/// Runs the load on this thread, watches it, and can be interrupted.
class Bench {
 public:
  explicit Bench(const BenchOptions& options)
      : client_(options.threads ? Client(client_options(options))
                                : Client(loop_.get_executor(), client_options(options))),
        model_(make_bench_model(options, client_, loop_.get_executor())),
        run_(options, Clock::now()),
        load_(make_bench_load(options, loop_, run_, *model_)) {}

  BenchReport run() {
    const auto cpu_before = cpu_time();
    signals_.async_wait([this](boost::system::error_code error, int signal) {
      if (!error) interrupted(signal);
    });
    watch();
    load_->start([this] { done(); });
    loop_.run();
    report_.wall = ended_ - run_.start();
    report_.cpu = cpu_time() - cpu_before;
    report_.peak_rss_mb = peak_rss_mb();
    report_.tally = run_.with_tally([](const Tally& tally) { return tally; });
    report_.interrupted = signal_ != 0;
    report_.stopped_early = run_.stopped_early();
    return report_;
  }

  /// The signal that ended it; 0: none.
  int signal() const { return signal_; }

 private:
  // From now on a second signal ends the program as if there were no handler.
  void interrupted(int signal) {
    signal_ = signal;
    signals_.clear();
    run_.stop();
    load_->stopped();
    client_.close();
  }

  void watch() {
    report_.threads = std::max(report_.threads, thread_count());
    report_.limits.look(client_.stats(), Clock::now());
    if (shows_progress_) show_progress();
    watch_.expires_after(std::chrono::milliseconds(500));
    watch_.async_wait([this](boost::system::error_code error) {
      const bool over = ended_ != Clock::time_point();  // a wait that is over when done() comes cannot be cancelled
      if (!error && !over) watch();
    });
  }

  void show_progress() {
    const auto line = run_.with_tally([this](const Tally& tally) {
      const bool begun = tally.calls() > 0 || tally.in_flight() > 0;
      return begun ? progress_line(tally, report_.limits, Clock::now() - run_.start()) : "";
    });
    std::fprintf(stderr, "\r%s\033[K", line.c_str());
  }

  void done() {
    ended_ = Clock::now();
    const auto stats = client_.stats();
    report_.limits.look(stats, ended_);
    report_.threads = std::max(report_.threads, thread_count());
    if (shows_progress_) std::fputs("\r\033[K", stderr);
    report_.connections = stats.connections_opened;
    report_.shed = stats.connections_shed;
    watch_.cancel();
    signals_.cancel();
    client_.close();
  }

  asio::io_context loop_{1};
  asio::signal_set signals_{loop_, SIGINT, SIGTERM};
  asio::steady_timer watch_{loop_};
  bool shows_progress_ = isatty(STDERR_FILENO) == 1;
  int signal_ = 0;
  Client client_;
  std::unique_ptr<BenchModel> model_;
  BenchReport report_;
  Clock::time_point ended_;
  BenchRun run_;
  std::unique_ptr<BenchLoad> load_;
};

int exit_code(const BenchReport& report) {
  if (report.tally.failed() == 0) return all_done;
  const auto& first = report.tally.first_failure();
  const bool sent = report.tally.ok() > 0 || first->kind() != ErrorKind::configuration;
  return sent ? call_failed : bad_settings;
}

int bench(const BenchOptions& options) {
  if (options.prompt.empty()) throw Error(ErrorKind::configuration, "the prompt is empty");
  Bench bench(options);
  const auto report = bench.run();
  const auto printed = options.json ? report.json() : report.text();
  std::fwrite(printed.data(), 1, printed.size(), stdout);
  if (const auto& failure = report.tally.first_failure(); failure && !report.interrupted) {
    job::say(stderr, fmt::format("headway: the first failure: {}\n", failure->what()));
  }
  if (report.stopped_early) std::fputs("headway: stopped early, since no further call would be sent\n", stderr);
  if (bench.signal() != 0) return interrupted + bench.signal();
  return exit_code(report);
}

void add_what_to_ask(CLI::App& command, BenchFlags& flags) {
  add_endpoint(command, flags.endpoint);
  command.add_option("--endpoint", flags.api, "completions or chat")
      ->check(CLI::IsMember({"completions", "chat"}))
      ->capture_default_str();
  command.add_option("--model", flags.model, "The model (default: HEADWAY_MODEL)");
  command.add_option("--prompt", flags.prompt, "What every call asks")->capture_default_str();
  command.add_option("--max-tokens", flags.max_tokens, "Tokens of an answer at the most")->check(between(1, 1e9));
  command
      .add_option("--http", flags.http_name, "HTTP/1.1 or HTTP/2; auto asks an https endpoint, and takes 1.1 for http")
      ->check(CLI::IsMember({"auto", "1.1", "2"}))
      ->capture_default_str();
  add_timeout(command, flags.timeout);
  command.add_option("--max-retries", flags.max_retries, "Times that a failed call is sent again (default: 2)")
      ->check(between(0, 1000));
}

void add_load(CLI::App& command, BenchFlags& flags) {
  auto* calls = command.add_option("--calls", flags.calls, "Calls in all")->check(between(1, 1e12));
  calls->capture_default_str();
  command
      .add_option("--duration", flags.duration_s, "Start calls for this many seconds; those in flight are awaited then")
      ->check(between(0.001, 1e6))
      ->excludes(calls);
  auto* in_flight = command.add_option("--in-flight", flags.in_flight, "Calls in flight at once");
  in_flight->check(between(1, 1e7))->capture_default_str();
  auto* rate = command.add_option("--rate", flags.rate, "Start this many calls a second, whatever is in flight");
  rate->check(between(0.001, 1e6))->excludes(in_flight);
  command.add_option("--threads-pool", flags.threads, "Blocking calls from a thread pool of so many workers")
      ->check(between(1, 1e5))
      ->excludes(in_flight)
      ->excludes(rate);
}

}  // namespace

void add_bench(CLI::App& program) {
  auto* command = program.add_subcommand("bench", "Load an endpoint, and report how fast it answers and at what cost");
  const auto flags = std::make_shared<BenchFlags>();
  add_what_to_ask(*command, *flags);
  add_load(*command, *flags);
  command->add_flag("--stream", flags->stream, "Ask for streamed answers, and tell the time of each token");
  command->add_flag("--json", flags->json, "Print the report as one JSON object");
  command->footer("Interrupted (SIGINT, SIGTERM), it cancels what is in flight and reports what there is.");
  command->callback([flags] {
    flags->http = http_version(flags->http_name);
    flags->chat = flags->api == "chat";
    if (flags->duration_s) {
      flags->duration = std::chrono::ceil<std::chrono::nanoseconds>(std::chrono::duration<double>(*flags->duration_s));
    }
    if (const auto status = bench(*flags); status != all_done) throw CLI::RuntimeError(status);
  });
}

}  // namespace headway::cli
