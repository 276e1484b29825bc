// A program that has an Asio loop of its own and polls it at each tick, as a game or a simulation does: 500 calls are
// made in between, on the same thread.

#include <chrono>
#include <iostream>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <headway/headway.hpp>

int main() try {
  boost::asio::io_context loop;
  headway::Client client(loop.get_executor());  // no thread: the calls live on this loop
  headway::OpenAIOptions options;
  options.max_tokens = 4;
  options.timeout = std::chrono::minutes(10);
  headway::OpenAI llm(options, client);

  const int calls = 500;
  int answered = 0;
  int failed = 0;
  for (int i = 0; i < calls; ++i) {
    const auto prompt = "The number after " + std::to_string(i) + " is";
    llm.async_outcome(prompt, [&](headway::Outcome<headway::Response> outcome) {
      if (outcome) return void(++answered);
      ++failed;
      std::cerr << outcome.error().what() << '\n';
    });
  }

  long ticks = 0;
  while (answered + failed < calls) {
    loop.poll();  // whatever has come in since the last tick
    ++ticks;      // the program's own work goes here
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::cout << answered << " answered, " << failed << " failed, in " << ticks << " ticks of one thread\n";
  client.close();
  loop.run();  // lets the connections close
  return failed == 0 ? 0 : 1;
} catch (const headway::Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
