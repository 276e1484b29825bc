#include "base/text_file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include <headway/error.hpp>

#include "base/byte_order_mark.hpp"

namespace headway {
namespace {

constexpr std::size_t largest = std::size_t{64} << 20;

std::string system_words(int number) {
  return std::generic_category().message(number);
}

}  // namespace

std::string read_text_file(const std::filesystem::path& path, std::string_view what) {
  const auto refuse = [&](std::string_view why) {
    throw Error(ErrorKind::configuration,
                fmt::format("{}{}{} cannot be read: {}", what, what.empty() ? "" : " ", path.string(), why));
  };
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) refuse(system_words(errno));
  if (S_ISDIR(facts.st_mode)) refuse("it is a folder");
  if (!S_ISREG(facts.st_mode) && !S_ISFIFO(facts.st_mode)) refuse("it is no regular file, and may never end");
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) refuse(system_words(errno));
  std::string text(std::size_t{64} << 10, '\0');
  std::size_t size = 0;
  while (file.read(text.data() + size, static_cast<std::streamsize>(text.size() - size)), file.gcount() > 0) {
    size += static_cast<std::size_t>(file.gcount());
    if (size > largest) refuse("it has more than 64 MiB");
    if (size == text.size()) text.resize(2 * size);
  }
  if (file.bad()) refuse("its reading failed");
  text.resize(size);
  return std::string(without_byte_order_mark(text));
}

}  // namespace headway
