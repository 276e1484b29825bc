#include "victim.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "streamed.hpp"

namespace headway::test {

using namespace std::chrono_literals;

void Http1Answer::head(const Fields& fields) {
  std::string text = "HTTP/1.1 200 OK\r\n";
  for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
  conversation.send(text + "Transfer-Encoding: chunked\r\n\r\n");
}

void Http1Answer::body(const std::string& bytes) {
  conversation.send(piece(bytes));
}

void Http1Answer::end() {
  ended_ = conversation.send(last_piece);
}

void Http1Answer::after(std::chrono::milliseconds time, std::function<void()> then) {
  due_.push_back({time, std::move(then)});
}

void Http1Answer::carry() {
  while (!due_.empty()) {
    const auto next = std::move(due_.front());
    due_.pop_front();
    if (!conversation.sleep(next.time)) return;
    next.then();
  }
}

namespace {

// Over HTTP/2 all are on one connection.
ClientOptions speaking(HttpVersion version, ClientOptions options) {
  options.http = version;
  if (version == HttpVersion::http_2) options.max_connections = 1;
  return options;
}

}  // namespace

Victims::Victims(HttpVersion version, Fault fault, ClientOptions options, Http2ServerOptions server)
    : fault_(std::move(fault)),
      peer_(script(version, server)),
      client_(speaking(version, std::move(options))),
      model_(model_on(client_, peer_)) {
  for (std::size_t i = 0; i < others; ++i) {
    auto& other = others_[i];
    const auto keep = [&other](const Outcome<Response>& outcome) {
      other.outcome = outcome;
      ++other.ends;
    };
    model_.async_outcome("prompt " + std::to_string(i), keep);
  }
}

Victims::~Victims() {
  released_ = true;
  EXPECT_TRUE(peer_.wait_until([this] { return all_have_ended(); }, soon));
  EXPECT_EQ(client_.stats().calls_in_flight, 0u);
  client_.close();
  for (std::size_t i = 0; i < others; ++i) {
    const auto& other = others_[i];
    EXPECT_EQ(other.ends, 1) << i;
    if (other.ends == 0) continue;
    EXPECT_TRUE(other.outcome) << i << ": " << other.outcome.error().what();
    if (other.outcome) {
      EXPECT_EQ(other.outcome->text(), echo_of("prompt " + std::to_string(i)));
    }
  }
}

bool Victims::all_have_ended() const {
  return std::all_of(others_.begin(), others_.end(), [](const Other& other) { return other.ends > 0; });
}

bool Victims::others_are_there() const {
  return peer_.wait_until([this] { return arrived_ >= others; }, soon);
}

Outcome<Response> Victims::call(const CallOptions& options) {
  auto future = model_.submit("victim", options);
  return ended(future);
}

Outcome<std::string> Victims::stream(const std::function<void(const std::string&)>& heard, const CallOptions& options) {
  std::string text;
  try {
    for (const auto& chunk : model_.stream("victim", options)) {
      text += chunk.text;
      if (heard) heard(chunk.text);
    }
    return text;
  } catch (const Error& error) {
    return error;
  }
}

Peer::Script Victims::script(HttpVersion version, Http2ServerOptions server) {
  if (version == HttpVersion::http_2) {
    server.max_streams = 2 * others;
    const auto each = [this](Http2Connection& connection, const Http2Server::Incoming& incoming) {
      answer(std::make_shared<Http2Answer>(connection, incoming.stream), prompt_of(incoming.request));
    };
    return http2(each, server, &log);
  }
  return [this](Conversation& conversation) {
    while (const auto request = conversation.read_request()) {
      const auto one = std::make_shared<Http1Answer>(conversation);
      answer(one, prompt_of(*request));
      one->carry();
      if (!one->ended()) return void(conversation.wait_closed());
    }
  };
}

void Victims::answer(const AnswerPtr& answer, const std::string& prompt) {
  ++arrived_;
  if (prompt.starts_with("victim")) return misbehave(answer);
  echo_when_released(answer, prompt);
}

void Victims::misbehave(const AnswerPtr& answer) {
  if (arrived_ > others) return fault_(answer);
  answer->after(2ms, [this, answer] { misbehave(answer); });
}

void Victims::echo_when_released(const AnswerPtr& answer, const std::string& prompt) {
  if (!released_) return answer->after(2ms, [this, answer, prompt] { echo_when_released(answer, prompt); });
  answer->head({{"content-type", "application/json"}});
  answer->body(completion_body(echo_of(prompt)));
  answer->end();
}

std::size_t EachProtocol::open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

void EachProtocol::TearDown() {
  const Stopwatch watch;  // an engine's last hold may be that of its own thread
  while (open_descriptors() > before_ && watch.seconds() < soon.count()) std::this_thread::sleep_for(1ms);
  EXPECT_LE(open_descriptors(), before_);
}

}  // namespace headway::test
