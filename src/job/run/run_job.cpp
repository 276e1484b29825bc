#include "job/run/run_job.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <headway/client.hpp>

#include "job/report/human.hpp"
#include "job/run/kept_signals.hpp"
#include "job/run/prepare.hpp"
#include "job/run/row_runner.hpp"
#include "job/store/fault_points.hpp"
#include "job/store/journal_view.hpp"

namespace headway::job {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto between_looks = 250ms;
constexpr auto between_words = 2s;
constexpr auto patience_after_sigterm = 30s;

/// What earlier starts of the run have used.
struct Before {
  Money cost;
  std::int64_t tokens = 0;
};

Before used_before(const StorePaths& paths) {
  const auto status = read_status(paths);
  Before before;
  before.cost = status.cost;
  before.tokens = status.usage.prompt_tokens + status.usage.completion_tokens;
  return before;
}

ClientOptions client_options(const RunOptions& options, const Before& before) {
  auto client = priced_as_embeddings(options.client);
  const auto refuse = [](const char* unit) {
    throw Error(ErrorKind::configuration,
                fmt::format("the budget in {} is used up by what has run so far: raise --budget to go on", unit));
  };
  if (options.budget_dollars > 0) {
    client.max_cost = options.budget_dollars - before.cost.dollars();
    if (client.max_cost <= 0) refuse("money");
  }
  if (options.budget_tokens > 0) {
    client.max_total_tokens = options.budget_tokens - before.tokens;
    if (client.max_total_tokens <= 0) refuse("tokens");
  }
  return client;
}

RowRunnerOptions runner_options(const RunOptions& options) {
  RowRunnerOptions runner;
  runner.in_flight = most_in_flight(options);
  runner.answer_retries = options.answer_retries;
  runner.request.timeout = options.timeout;
  return runner;
}

RunFacts facts_of(const RunOptions& options, const StorePaths& paths) {
  RunFacts facts;
  facts.end = RunEnd::running;
  facts.input = options.standard_input ? "-" : options.input.shown_name();
  facts.output = paths.results.string();
  facts.errors = paths.errors.string();
  facts.started_at = fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(std::time(nullptr)));
  facts.priced = options.priced;
  facts.choices = options.choices;
  facts.settings = options.shown;
  facts.shows_prompts = options.shows_prompts;
  return facts;
}

std::vector<std::string> learned_of(const Client& client) {
  std::vector<std::string> sentences;
  for (const auto& limits : client.limits()) {
    const auto name = limits.model.empty() ? limits.endpoint : limits.model + " at " + limits.endpoint;
    if (limits.wants_max_completion_tokens) {
      sentences.push_back(name + " refuses max_tokens: sent as max_completion_tokens");
    }
    if (limits.wants_no_temperature) sentences.push_back(name + " refuses a temperature: the default was left out");
  }
  return sentences;
}

std::vector<std::string> price_sources(const Client& client) {
  std::set<std::string> sources;
  for (const auto& spend : client.spend()) {
    if (!spend.prices_from.empty()) sources.insert(spend.prices_from);
  }
  return {sources.begin(), sources.end()};
}

std::string why_it_cannot_go_on(const std::exception& error) {
  const bool is_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  return is_memory ? "there is no more memory for it; fewer calls in flight take less"
                   : fmt::format("it cannot go on: {}", error.what());
}

/// A run under way: the loop, and all that lives on it.
class Session {
 public:
  Session(const RunOptions& options, RunFiles files, RowFeed feed, RowEnds ends, RunFigures figures, RunFacts facts,
          const ClientOptions& client, RunObserver& observer)
      : options_(options),
        observer_(observer),
        figures_(std::move(figures)),
        facts_(std::move(facts)),
        client_(loop_.get_executor(), listened_to(client)),
        store_(std::move(files), store_options(options), callbacks()),
        runner_(loop_.get_executor(), client_, std::move(feed), std::move(ends), store_, StopRule(options.max_failures),
                runner_options(options)) {}

  RunResult run() {
    if (kept_signals_.hears_hang_up()) signals_.add(SIGHUP);
    fault_point("session_made");
    await_signal();
    if (options_.deadline) await_deadline();
    look();
    runner_.start([this] { ended(); });
    go();
    if (!broken_off_) store_.all_known_but(runner_.in_doubt());
    figures_.set_in_doubt(runner_.in_doubt().size() + runner_.in_flight());
    store_.set_how_it_ended(end_text());
    const auto unsaved = store_.close();
    fault_point("store_closed");
    loop_.restart();
    go();  // what the store has told meanwhile
    if (runner_.wrong_settings() && figures_.attempts() == 0) throw in_words_of_a_run(*runner_.wrong_settings());
    finish(unsaved);
    return {std::move(figures_), std::move(facts_)};
  }

 private:
  // Whoever has thrown, as for want of memory, is not run on: rows in flight stay in doubt, all else can be gone on with.
  void go() try { loop_.run(); } catch (const std::exception& error) {
    broken_off_ = true;
    runner_.break_off(why_it_cannot_go_on(error));
    if (!ended_) ended();
  }

  static StoreOptions store_options(const RunOptions& options) {
    StoreOptions store;
    // An earlier start may have been of other rows, as a pilot is.
    store.tidy = options.retry_kinds.has_value() || options.on_changed == OnChanged::rerun || options.ordered;
    return store;
  }

  // It is told on the loop.
  ClientOptions listened_to(ClientOptions client) {
    client.on_retry = [this, other = std::move(client.on_retry)](const ErrorInfo& why, std::chrono::nanoseconds wait) {
      figures_.attempt_failed(why, Clock::now());
      if (other) other(why, wait);
    };
    return client;
  }

  // For `headway status`, which sees the journal alone.
  void keep_last_words() {
    const auto* words = figures_.last_words();
    const auto now = Clock::now();
    if (!words || words->at == words_kept_at_ || now < next_words_) return;
    words_kept_at_ = words->at;
    next_words_ = now + between_words;
    auto kept = *words;
    const auto unix_now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
    kept.at = unix_now.count() - std::max(0.0, figures_.wall().count() - words->at);
    store_.set_last_words(words_json(kept));
  }

  // They come on the store's thread.
  StoreCallbacks callbacks() {
    StoreCallbacks callbacks;
    callbacks.on_durable = [this](std::vector<Record> records) {
      asio::post(loop_, [this, done = std::move(records)] {
        for (const auto& record : done) {
          figures_.count(record);
          observer_.ended(record);
        }
        runner_.go_on();
      });
    };
    callbacks.on_may_send = [this](std::uint64_t number) {
      asio::post(loop_, [this, number] { runner_.may_send(number); });
    };
    callbacks.on_failure = [this](const Error& error) {
      asio::post(loop_, [this, error] { runner_.stop(error.info().message); });
    };
    return callbacks;
  }

  void await_signal() {
    signals_.async_wait([this](boost::system::error_code error, int signal) {
      if (error || ended_) return;
      if (std::exchange(signal_, signal) != 0) return runner_.abandon("interrupted twice");
      facts_.next = "no more rows are sent; those in flight end first, or are given up at a second signal";
      // These waits come first: with no row in flight to stop is to end, which cancels them.
      if (signal != SIGINT) await_end_of_patience();
      await_signal();
      runner_.stop("interrupted");
    });
  }

  void await_end_of_patience() {
    patience_.expires_after(patience_after_sigterm);
    patience_.async_wait([this](boost::system::error_code error) {
      if (!error && !ended_) runner_.abandon("interrupted");
    });
  }

  void await_deadline() {
    deadline_.expires_after(*options_.deadline);
    deadline_.async_wait([this](boost::system::error_code error) {
      if (!error && !ended_) runner_.stop("its time is up (--deadline)");
    });
  }

  Error in_words_of_a_run(const Error& error) const {
    auto info = error.info();
    if (options_.budget_dollars > 0) info.message += ". max_cost is what earlier starts have left of --budget";
    if (options_.budget_tokens > 0) info.message += ". max_total_tokens is what earlier starts have left of --budget";
    return Error(std::move(info));
  }

  ClientStats sample() {
    auto stats = client_.stats();
    // Of both the client knows nothing.
    if (stats.limited_by == LimitedBy::input && runner_.is_judging()) {
      stats.limited_by = LimitedBy::cpu;
    } else if (stats.limited_by == LimitedBy::input && runner_.is_held_back()) {
      stats.limited_by = LimitedBy::concurrency;
      stats.concurrency_limit = runner_.in_flight();
    }
    figures_.sample(stats, Clock::now());
    figures_.saw_in_flight(runner_.peak_in_flight());
    return stats;
  }

  void look() {
    const auto stats = sample();
    observer_.progress(figures_, facts_);
    keep_last_words();
    if (observer_.wants_stop()) runner_.stop("stopped by its program");
    // Who stops is not made to wait for a server that is away: rows that are not with it stay unfinished.
    if (runner_.stopped() && stats.calls_waiting >= stats.calls_in_flight) client_.close();
    watch_.expires_after(between_looks);
    watch_.async_wait([this](boost::system::error_code error) {
      if (!error && !ended_) look();  // a wait that is over when ended() comes cannot be cancelled
    });
  }

  void ended() {
    fault_point("all_ended");
    ended_ = true;
    sample();
    next_words_ = {};
    keep_last_words();
    for (auto* timer : {&watch_, &patience_, &deadline_}) timer->cancel();
    signals_.cancel();
    client_.close();
    work_.reset();
  }

  RunEnd end() const {
    return signal_ != 0 ? RunEnd::interrupted : runner_.stopped() ? RunEnd::stopped : RunEnd::finished;
  }

  std::string reason() const { return end() == RunEnd::stopped ? *runner_.stop_reason() : std::string(); }

  std::string end_text() const {
    if (options_.pilot_of && end() == RunEnd::finished) return "stopped: the pilot is done";
    const auto why = reason();
    return fmt::format("{}{}{}", to_string(end()), why.empty() ? "" : ": ", why);
  }

  void finish(std::size_t unsaved) {
    facts_.signal = signal_;
    facts_.end = end();
    facts_.reason = reason();
    facts_.learned = learned_of(client_);
    facts_.prices_from = price_sources(client_);
    if (unsaved > 0) {
      facts_.reason += fmt::format("{}{} could not be kept: they will be sent again", facts_.reason.empty() ? "" : "; ",
                                   counted(unsaved, "answer"));
    }
    if (facts_.end != RunEnd::finished) facts_.next = "the same command goes on where it was";
    observer_.progress(figures_, facts_);
  }

  const RunOptions& options_;
  RunObserver& observer_;
  RunFigures figures_;
  RunFacts facts_;
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(loop_);
  KeptSignals kept_signals_;
  asio::signal_set signals_{loop_, SIGINT, SIGTERM};
  asio::steady_timer watch_{loop_}, patience_{loop_}, deadline_{loop_};
  int signal_ = 0;
  bool ended_ = false;
  bool broken_off_ = false;
  double words_kept_at_ = -1;
  Clock::time_point next_words_;
  Client client_;
  Store store_;
  RowRunner runner_;
};

}  // namespace

RunResult run_job(const RunOptions& options, RunObserver& observer) {
  const auto ends = row_ends_of(options);
  check_endpoints(priced_as_embeddings(options.client));
  const auto check = check_input(options.input, [&](std::uint64_t rows) { observer.reading(rows); });
  refuse_bad_rows(options, check);
  refuse_half_a_price(options, check);
  observer.checked(check);
  if (const auto note = unused_note(check); !note.empty()) observer.note(note);
  RunFiles files(files_options(options, ends.header()));
  for (const auto& [from, to] : files.moved_aside()) {
    observer.note(fmt::format("Moved aside: {} is {} now", from.string(), to.filename().string()));
  }
  fault_point("files_held");
  auto plan = plan_resume(options, check, files);
  const auto counts = plan.counts();
  observer.resumed(files.recovery(), counts);
  if (counts.finished + counts.failed > 0 && is_judged_otherwise(options, files.journal())) {
    observer.note(
        "--expect, --schema or --choices has changed: answers that are there were judged by the old one, and are not "
        "looked at again");
  }
  const auto before = used_before(files.paths());
  const auto client = client_options(options, before);
  files.apply(plan);
  keep_settings(options, check.rows, files.journal());
  auto treatments = std::make_shared<Treatments>(options, std::move(plan), files.journal());
  RowFeed feed(RowReader(options.input, check.whole),
               [treatments](std::uint64_t number) { return treatments->of(number); });
  RunFigures figures(check.rows, Clock::now());
  const auto left_alone = rows_left_alone(options, check, counts, *treatments);
  figures.add_finished_before(left_alone.rows, before.cost, left_alone.failed);
  figures.set_maybe_sent_twice(treatments->maybe_sent_twice());
  auto facts = facts_of(options, files.paths());
  Session session(options, std::move(files), std::move(feed), ends, std::move(figures), std::move(facts), client,
                  observer);
  return session.run();
}

}  // namespace headway::job
