#pragma once

#include <atomic>
#include <string>
#include <thread>

#include <headway/outcome.hpp>
#include <headway/response.hpp>

#include "model_at.hpp"

namespace headway::test {

/// Counts how calls end, from any thread.
class Ends {
 public:
  auto handler() {
    return [this](const Outcome<Response>& outcome) { count(outcome); };
  }
  void count(const Outcome<Response>& outcome) {
    const bool by_cancelling = !outcome && outcome.error().kind() == ErrorKind::cancelled;
    ++(outcome ? answered : by_cancelling ? cancelled : failed);
  }
  int all() const { return answered + cancelled + failed; }
  /// Waits for so many. Retries that the budget delays come after half a minute at the latest.
  bool reach(int total) const {
    const Stopwatch watch;
    while (all() < total && watch.seconds() < 2 * soon.count())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return all() == total;
  }

  std::atomic<int> answered = 0;
  std::atomic<int> cancelled = 0;
  std::atomic<int> failed = 0;
};

/// Calls wherever a call can be: with the server, in a backoff, waiting for a connection.
class InFlight {
 public:
  static constexpr int count = 40;

  InFlight()
      : peer([this](Conversation& conversation) {
          while (const auto request = conversation.read_request()) answer(conversation, prompt_of(*request));
        }) {}

  void start(const OpenAI& model) {
    model.async_outcome("busy", ends.handler());
    for (int i = 1; i < count; ++i) model.async_outcome("hello", ends.handler());
  }
  bool under_way() const { return has_requests(peer, connections + 1); }

  static ClientOptions options() {
    auto all = client_options();
    all.max_connections = connections;
    return all;
  }

  Peer peer;
  Ends ends;
  std::atomic<bool> released = false;  // the call "quick"

 private:
  static constexpr std::size_t connections = 8;

  void answer(Conversation& conversation, const std::string& prompt) {
    if (prompt == "busy") {
      conversation.send(reply(500, "", {{"retry-after", "60"}}));
    } else if (prompt == "quick") {
      while (!released && conversation.sleep(std::chrono::milliseconds(2))) {
      }
      conversation.send(completion_reply("quick"));
    } else {
      conversation.wait_closed();
    }
  }
};

}  // namespace headway::test
