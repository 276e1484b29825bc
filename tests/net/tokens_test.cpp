// Every way of waiting for one call.

#include <gtest/gtest.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <headway/run.hpp>

#include "model_at.hpp"

namespace headway::test {
namespace {

namespace asio = boost::asio;

/// Refuses the prompt "bad" and echoes others.
void serve(Conversation& conversation) {
  while (const auto request = conversation.read_request()) {
    const bool bad = prompt_of(*request) == "bad";
    conversation.send(bad ? error_reply(400, "no", "t", "c") : echo_reply(*request));
  }
}

class Tokens : public testing::Test {
 protected:
  Peer peer{serve};
  OpenAI model = model_at(peer);
};

TEST_F(Tokens, Blocking) {
  EXPECT_EQ(model.invoke("hello"), "echo: hello");
  EXPECT_EQ(thrown_by([&] { model.invoke("bad"); }).kind(), ErrorKind::bad_request);
  EXPECT_EQ(thrown_by([&] { model.generate("bad"); }).kind(), ErrorKind::bad_request);
}

TEST_F(Tokens, AWholeResponse) {
  const auto response = model.generate("hello");
  EXPECT_EQ(response.text(), "echo: hello");
  EXPECT_EQ(response.finish_reason(), "stop");
  EXPECT_EQ(response.model, "echo");
  EXPECT_EQ(response.usage.prompt_tokens, 5);
  EXPECT_EQ(response.usage.completion_tokens, 7);
  EXPECT_EQ(response.usage.total_tokens, 12);
  EXPECT_EQ(response.raw, completion_body("echo: hello"));
  EXPECT_EQ(response.attempts, 1);
  EXPECT_GT(response.times.connect.count(), 0);
  EXPECT_GT(response.times.first_byte.count(), 0);
  EXPECT_EQ(response.times.backoff.count(), 0);
}

TEST_F(Tokens, ChatAsWell) {
  const auto chat = chat_at(peer);
  EXPECT_EQ(chat.invoke("hello"), "echo: hello");
  const std::vector<Message> messages{{"system", "be kind"}, {"user", "hi"}};
  EXPECT_EQ(chat.generate(messages).text(), "echo: hi");
  EXPECT_EQ(chat.async_invoke("hello", asio::use_future).get(), "echo: hello");
  EXPECT_EQ(thrown_by([&] { chat.invoke("bad"); }).kind(), ErrorKind::bad_request);
}

TEST_F(Tokens, Submit) {
  auto good = model.submit("hello");
  auto bad = model.submit("bad");
  EXPECT_EQ(good.get().text(), "echo: hello");
  EXPECT_EQ(thrown_by([&] { bad.get(); }).kind(), ErrorKind::bad_request);
}

TEST_F(Tokens, UseFuture) {
  EXPECT_EQ(model.async_invoke("hello", asio::use_future).get(), "echo: hello");
  EXPECT_EQ(model.async_generate("hello", asio::use_future).get().text(), "echo: hello");
  EXPECT_EQ(model.async_outcome("hello", asio::use_future).get()->text(), "echo: hello");
  EXPECT_EQ(thrown_by([&] { model.async_invoke("bad", asio::use_future).get(); }).kind(), ErrorKind::bad_request);
  EXPECT_EQ(model.async_outcome("bad", asio::use_future).get().error().kind(), ErrorKind::bad_request);
}

TEST_F(Tokens, Callbacks) {
  std::promise<std::string> text;
  model.async_invoke("hello", [&](std::exception_ptr error, std::string answer) {
    EXPECT_FALSE(error);
    text.set_value(std::move(answer));
  });
  EXPECT_EQ(text.get_future().get(), "echo: hello");

  std::promise<std::exception_ptr> thrown;
  CallOptions options;
  options.model = "m";
  model.async_generate("bad", options, [&, only_moved = std::make_unique<int>()](std::exception_ptr error, Response) {
    thrown.set_value(error);
  });
  EXPECT_EQ(Error(thrown.get_future().get()).kind(), ErrorKind::bad_request);
}

awaitable<void> in_a_coroutine(OpenAI llm) {
  EXPECT_EQ(co_await llm.ainvoke("one"), "echo: one");
  const auto response = co_await llm.agenerate("two");
  EXPECT_EQ(response.text(), "echo: two");
  EXPECT_EQ(co_await llm.async_invoke("three", asio::use_awaitable), "echo: three");
  EXPECT_EQ(co_await llm.async_invoke("four", asio::deferred)(asio::use_awaitable), "echo: four");
  const auto outcome = co_await llm.async_outcome("bad", asio::use_awaitable);
  EXPECT_EQ(outcome.error().kind(), ErrorKind::bad_request);
  auto [error, text] = co_await llm.async_invoke("bad", asio::as_tuple(asio::use_awaitable));
  EXPECT_EQ(Error(error).kind(), ErrorKind::bad_request);
  try {
    co_await llm.ainvoke("bad");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& thrown) {
    EXPECT_EQ(thrown.kind(), ErrorKind::bad_request);
  }
}

TEST_F(Tokens, Coroutines) {
  run(in_a_coroutine(model));
}

TEST_F(Tokens, AnAwaitableStartsNothingBeforeItIsAwaited) {
  {
    const auto never_awaited = model.ainvoke("hello");
    auto deferred = model.async_invoke("hello", asio::deferred);
  }
  EXPECT_EQ(model.invoke("hello"), "echo: hello");
  EXPECT_EQ(peer.request_count(), 1u);
}

awaitable<std::string> of_a_model_that_is_gone(const Peer& peer) {
  auto text = model_at(peer).ainvoke("hello");
  co_return co_await std::move(text);
}

TEST_F(Tokens, AnAwaitableKeepsItsModelAlive) {
  EXPECT_EQ(run(of_a_model_that_is_gone(peer)), "echo: hello");
}

TEST_F(Tokens, ADeferredCallStartsWhenItIsLaunched) {
  auto launch = model.async_invoke("later", asio::deferred);
  EXPECT_EQ(peer.request_count(), 0u);
  EXPECT_EQ(std::move(launch)(asio::use_future).get(), "echo: later");
}

}  // namespace
}  // namespace headway::test
