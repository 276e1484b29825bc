#include "bench_model.hpp"

#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include <headway/chat_openai.hpp>
#include <headway/openai.hpp>

namespace headway::cli {
namespace {

CallEnd end_of(const Outcome<Response>& outcome) {
  CallEnd end;
  if (outcome) {
    end.usage = outcome->usage;
    end.attempts = outcome->attempts;
  } else {
    end.error = outcome.error();
    end.attempts = outcome.error().info().attempts;
  }
  return end;
}

/// Follows one streamed answer.
class TokenClock {
 public:
  void came(const StreamChunk& chunk) {
    if (chunk.usage) end_.usage = *chunk.usage;
    if (chunk.text.empty()) return;
    const auto now = Clock::now();
    if (end_.first_token) {
      end_.between_tokens.push_back(now - last_);
    } else {
      end_.first_token = now;
    }
    last_ = now;
  }
  void failed(const Error& error) {
    end_.error = error;
    end_.attempts = error.info().attempts;
  }
  CallEnd end() { return std::move(end_); }

 private:
  CallEnd end_;
  Clock::time_point last_;
};

template <class Model, class Options>
class ModelOf final : public BenchModel {
 public:
  ModelOf(const BenchOptions& bench, Client client, boost::asio::any_io_executor loop)
      : model_(options_of(bench), std::move(client)),
        loop_(std::move(loop)),
        prompt_(bench.prompt),
        streams_(bench.stream) {
    call_.deadline = bench.timeout;
  }

  void ask(Then then) const override {
    if (!streams_) {
      model_.async_outcome(prompt_, call_,
                           [then = std::move(then)](const Outcome<Response>& outcome) { then(end_of(outcome)); });
      return;
    }
    boost::asio::co_spawn(loop_, ask_streaming(),
                          [then = std::move(then)](std::exception_ptr error, const CallEnd& end) {
                            if (error) std::rethrow_exception(std::move(error));
                            then(end);
                          });
  }
  CallEnd ask_blocking() const override { return streams_ ? ask_blocking_streaming() : ask_blocking_whole(); }

 private:
  awaitable<CallEnd> ask_streaming() const {
    auto stream = model_.astream(prompt_, call_);
    TokenClock clock;
    try {
      while (const auto chunk = co_await stream.next()) clock.came(*chunk);
    } catch (const Error& error) {
      clock.failed(error);
    }
    co_return clock.end();
  }

  CallEnd ask_blocking_whole() const {
    try {
      return end_of(model_.generate(prompt_, call_));
    } catch (const Error& error) {
      return end_of(error);
    }
  }

  CallEnd ask_blocking_streaming() const {
    TokenClock clock;
    try {
      for (const auto& chunk : model_.stream(prompt_, call_)) clock.came(chunk);
    } catch (const Error& error) {
      clock.failed(error);
    }
    return clock.end();
  }

  static Options options_of(const BenchOptions& bench) {
    Options options;
    options.model = bench.model;
    if (bench.max_tokens) options.max_tokens = bench.max_tokens;
    options.max_retries = bench.max_retries;
    return options;
  }

  Model model_;
  boost::asio::any_io_executor loop_;
  std::string prompt_;
  CallOptions call_;
  bool streams_;
};

}  // namespace

std::unique_ptr<BenchModel> make_bench_model(const BenchOptions& options, Client client,
                                             boost::asio::any_io_executor loop) {
  if (options.chat)
    return std::make_unique<ModelOf<ChatOpenAI, ChatOpenAIOptions>>(options, std::move(client), std::move(loop));
  return std::make_unique<ModelOf<OpenAI, OpenAIOptions>>(options, std::move(client), std::move(loop));
}

}  // namespace headway::cli
