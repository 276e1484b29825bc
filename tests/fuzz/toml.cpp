// headway.toml: read, or refused with file and words and nothing of what stands there but names of keys; no crash however deep it
// goes, and no time that grows faster than the file. What stands behind the first line is repeated as often as the first byte says.

#include <cstdlib>
#include <string>

#include <headway/config.hpp>
#include <headway/error.hpp>

#include "effort.hpp"
#include "files.hpp"

namespace headway::fuzz {
namespace {

constexpr std::size_t largest = 200'000;

std::string repeated(std::size_t times, std::string_view text) {
  const auto rest = text.substr(std::min(text.size(), text.find('\n')));
  std::string all(text);
  for (std::size_t i = 0; i < times && all.size() + rest.size() < largest; ++i)
    all += rest.substr(std::min<std::size_t>(1, rest.size()));
  return all;
}

void fuzz(std::size_t times, std::string_view text) {
  static const auto file = folder() / "headway.toml";
  write_file(file, repeated(times, text));
  try {
    const Effort effort(10);
    static_cast<void>(read_config(file));
  } catch (const Error& error) {
    require(error.kind() == ErrorKind::configuration && std::string_view(error.what()).size() > 10);
  }
}

}  // namespace
}  // namespace headway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  headway::fuzz::fuzz(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
