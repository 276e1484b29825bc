#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include <headway/chat_openai.hpp>
#include <headway/openai.hpp>

#include "support/peer.hpp"

// What the tests of calls share: models at a scripted peer, and waits that end.
namespace headway::test {

inline constexpr auto test_key = "sk-test-0123456789abcdef";

/// The longest that a test waits for what should come at once: it guards against a hang, and is no measure.
inline constexpr std::chrono::seconds soon(60);

/// Of a client that heeds nothing of the environment and whose calls end soon.
ClientOptions client_options();
/// The same, and no call is sent twice.
ClientOptions without_retries();

/// A model at the peer, with a key, on a client of its own.
OpenAI model_at(const Peer& peer, const ClientOptions& client = client_options());
ChatOpenAI chat_at(const Peer& peer, const ClientOptions& client = client_options());
/// At a base URL.
OpenAI model_at(const std::string& url, const ClientOptions& client = client_options());
/// On this client.
OpenAI model_on(const Client& client, const Peer& peer);

/// How one call ends. Fails the test if it does not end soon.
Outcome<Response> outcome_of(const OpenAI& model, const std::string& prompt = "hello",
                             const CallOptions& options = CallOptions());
/// The error that one call ends with. Fails the test if there is none.
Error error_of(const OpenAI& model, const std::string& prompt = "hello", const CallOptions& options = CallOptions());
/// The error that `call` throws. Fails the test if it throws none.
Error thrown_by(const std::function<void()>& call);

/// Submits "prompt 0", "prompt 1", ...
std::vector<std::future<Response>> submit_many(const OpenAI& model, std::size_t count);
/// How a submitted call ended. Fails the test if it does not end soon.
Outcome<Response> ended(std::future<Response>& future);

/// A script that gives the peer's first request the first of the responses, and so on; the last one again to all others.
Peer::Script in_turn(std::vector<std::string> responses);

/// A script that reads a request, sends the bytes, and then nothing until the client has gone.
Peer::Script stalling(std::string bytes = "");
/// Whether the clients of all of the peer's connections have gone, now or soon.
bool all_closed(const Peer& peer);
/// Whether the peer has read so many requests, now or soon.
bool has_requests(const Peer& peer, std::size_t count);

/// Runs the loop until `holds`; false if that is not soon.
bool run_until(boost::asio::io_context& loop, const std::function<bool()>& holds);
/// Runs the loop until it has no work. Fails the test if that is not soon.
void run_to_end(boost::asio::io_context& loop);

/// The seconds since it was made.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace headway::test
