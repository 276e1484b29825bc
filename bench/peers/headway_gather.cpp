// headway: gather over ainvoke, as in examples/03_gather.cpp. BASE_URL CALLS IN_FLIGHT auto|1.1|2

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ranges>
#include <string>

#include <headway/headway.hpp>

headway::awaitable<void> amain(headway::OpenAI llm, std::size_t calls, std::size_t in_flight) {
  const std::string prompt = "Hello how are you?";
  auto tasks =
      std::views::iota(std::size_t{0}, calls) | std::views::transform([&](std::size_t) { return llm.ainvoke(prompt); });
  const auto began = std::chrono::steady_clock::now();
  const auto answers = co_await headway::gather_outcomes(std::move(tasks), {.limit = in_flight});
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;

  std::size_t ok = 0;
  for (const auto& answer : answers) ok += answer ? 1 : 0;
  for (const auto& answer : answers) {
    if (!answer) {
      std::fprintf(stderr, "first failure: %s\n", answer.error().what());
      break;
    }
  }
  std::printf("{\"ok\": %zu, \"failed\": %zu, \"wall_s\": %.6f}\n", ok, calls - ok, wall.count());
}

int main(int, char** argv) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  const std::size_t calls = std::strtoul(argv[2], nullptr, 10);
  const std::size_t in_flight = std::strtoul(argv[3], nullptr, 10);
  boost::asio::io_context loop(1);
  headway::ClientOptions options;
  options.max_connections = in_flight;
  if (argv[4] == std::string("1.1")) options.http = headway::HttpVersion::http_1_1;
  if (argv[4] == std::string("2")) options.http = headway::HttpVersion::http_2;
  headway::Client client(loop.get_executor(), options);
  headway::OpenAIOptions model;
  model.base_url = argv[1];
  model.model = "bench";
  boost::asio::co_spawn(loop, amain(headway::OpenAI(model, client), calls, in_flight),
                        [client](std::exception_ptr) { client.close(); });
  loop.run();
}
