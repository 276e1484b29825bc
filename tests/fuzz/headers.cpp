// What headers say about trying again and about limits: lines of "name: value".

#include <chrono>
#include <string_view>

#include "base/header_list.hpp"
#include "input.hpp"
#include "wire/http_date.hpp"
#include "wire/limit_headers.hpp"
#include "wire/retry_advice.hpp"

namespace headway::fuzz {
namespace {

constexpr std::chrono::sys_seconds now(std::chrono::seconds(1'800'000'000));

void require_sense(const LimitReading& reading) {
  require(!reading.limit || (*reading.limit > 0 && *reading.limit <= 1e15));
  require(!reading.remaining || (*reading.remaining >= 0 && *reading.remaining <= 1e15));
  require(!reading.reset || (reading.reset->count() >= 0 && *reading.reset <= std::chrono::days(31)));
}

void fuzz_headers(std::string_view text) {
  HeaderList headers;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto colon = line.find(": ");
    const auto name = line.substr(0, colon);
    const auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 2);
    headers.add(name, value);
    require(headers.find(name).has_value());
    require(headers[headers.size() - 1] == HeaderList::Field(name, value));
    static_cast<void>(wire::http_date(value, now));
  }
  const auto advice = wire::retry_advice(headers, now);
  require(!advice.wait || advice.wait->count() >= 0);
  const auto limits = wire::limit_headers(headers, now);
  for (const auto& reading : {limits.requests, limits.tokens, limits.input_tokens, limits.output_tokens}) {
    require_sense(reading);
  }
}

}  // namespace
}  // namespace headway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  headway::fuzz::fuzz_headers({reinterpret_cast<const char*>(data), size});
  return 0;
}
